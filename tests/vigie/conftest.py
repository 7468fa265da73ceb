"""What tests of the command share: running it as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.cli import main

Vigie = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def vigie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vigie:
    """Run `vigie` with arguments in a home of its own, in this process; variables are given by name."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        for name in [name for name in os.environ if name.startswith("VIGIE_")]:
            monkeypatch.delenv(name)
        own = {"VIGIE_HOME": str(tmp_path / "home"), "VIGIE_SETTINGS": str(tmp_path / "vigie.toml"), "COLUMNS": "200"}
        for name, value in {**own, **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["vigie", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return subprocess.CompletedProcess(arguments, code if isinstance(code, int) else int(bool(code)), out, err)

    return run
