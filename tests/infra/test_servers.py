"""The message servers of the tests: installed when missing, otherwise said in one line; nothing is left running."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "infra" / "servers.sh"


def run_with(folder: Path, *programs: str, source: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the script with only these programs to be found, as somebody who is not root."""
    folder.mkdir(exist_ok=True)
    for program in programs:
        (folder / program).symlink_to(str(shutil.which(program)))
    (folder / "id").write_text("#!/bin/sh\necho 1000\n")
    (folder / "id").chmod(0o755)
    script = source or SCRIPT.read_text()
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        ["/bin/bash", "-c", script], env={**kept, "PATH": str(folder)}, capture_output=True, text=True, check=False
    )


def test_servers_that_are_installed_are_left_alone(tmp_path: Path) -> None:
    done = run_with(tmp_path / "bin")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("missing", ["mosquitto", "rabbitmq-server"])
def test_what_is_missing_is_one_line_with_the_command(tmp_path: Path, missing: str) -> None:
    source = SCRIPT.read_text().replace(f"/usr/sbin/{missing}", "/nowhere")
    done = run_with(tmp_path / "bin", source=source)
    assert done.returncode == 6
    (line,) = done.stderr.splitlines()
    assert line.startswith("servers: ")
    assert line.endswith(f"apt-get install {missing}")


def test_the_tests_ask_for_the_servers_first() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "test: setup browser servers lint" in makefile
    assert os.access(SCRIPT, os.X_OK)
