"""Set-up says in one line what is missing, takes only what is committed, and does nothing twice."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vigie.doctor import _setup_module

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "infra" / "setup.py"
PROGRAMS = ("java", "mvn", "git", "make")


@pytest.fixture
def setup() -> ModuleType:
    """The set-up script as a module."""
    return _setup_module()


def check_with(folder: Path, *programs: str) -> subprocess.CompletedProcess[str]:
    """Run the check with only these programs to be found."""
    folder.mkdir(exist_ok=True)
    for program in programs:
        (folder / program).symlink_to(str(shutil.which(program)))
    kept = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--check"],
        env={**kept, "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("missing", "package"), [("java", "openjdk-17-jdk-headless"), ("mvn", "maven"), ("git", "git"), ("make", "make")]
)
def test_missing_program_is_one_line_with_the_package_to_install(tmp_path: Path, missing: str, package: str) -> None:
    done = check_with(tmp_path / "bin", *(program for program in PROGRAMS if program != missing))
    assert done.returncode == 6
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(rf"set-up: .*{missing}.* missing.*|set-up: .*missing \({missing} not found\).*", line)
    assert line.endswith(f"apt-get install {package}")


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    assert len(check_with(tmp_path / "bin").stderr.splitlines()) == len(PROGRAMS)


def test_java_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    (folder / "java").chmod(0o755)
    (folder / "sh").symlink_to("/bin/sh")
    done = check_with(folder, "mvn", "git", "make")
    assert "Java 17 is needed" in done.stderr
    assert "Java 11" in done.stderr


def test_nothing_is_missing_on_the_machine_that_runs_the_tests(tmp_path: Path) -> None:
    assert check_with(tmp_path / "bin", *PROGRAMS).returncode == 0


def test_jar_that_differs_lacks_or_is_not_listed_is_refused(tmp_path: Path, setup: ModuleType) -> None:
    (tmp_path / "a.jar").write_bytes(b"a")
    (tmp_path / "extra.jar").write_bytes(b"x")
    expected = {"a.jar": hashlib.sha256(b"b").hexdigest(), "b.jar": "0" * 64}
    with pytest.raises(setup.SetupError) as caught:
        setup.verify_jars(tmp_path, expected)
    for words in ("a.jar has SHA-256", "b.jar is missing", "extra.jar is not listed", "infra/jars.sha256"):
        assert words in str(caught.value)
    (tmp_path / "extra.jar").unlink()
    setup.verify_jars(tmp_path, {"a.jar": hashlib.sha256(b"a").hexdigest()})


def test_every_jar_of_this_machine_is_the_one_committed(setup: ModuleType) -> None:
    for name in ("spark", "kafka"):
        setup.verify_jars(setup.JARS / name, setup.expected_jars(name))


def test_part_is_current_only_with_the_stamp_of_what_it_was_made_from(tmp_path: Path, setup: ModuleType) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1")
    before = setup._digest(lock, "3.11")
    assert not setup._is_current(tmp_path, before)
    (tmp_path / setup.STAMP).write_text(before)
    assert setup._is_current(tmp_path, before)
    lock.write_text("a==2")
    assert not setup._is_current(tmp_path, setup._digest(lock, "3.11"))
    assert setup._digest("ab", "c") != setup._digest("a", "bc")


@pytest.mark.parametrize("lock", sorted((ROOT / "infra" / "locks").glob("*.txt")), ids=lambda path: path.stem)
def test_lock_pins_every_package_with_a_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = re.findall(r"^[A-Za-z0-9].*(?:\n[ \t].*)*", text, re.MULTILINE)
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_wishes_of_every_lock_are_in_it() -> None:
    for wishes in (ROOT / "infra" / "locks").glob("*.in"):
        lock = wishes.with_suffix(".txt").read_text()
        locked = set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", lock, re.MULTILINE))
        lines = [line for line in wishes.read_text().splitlines() if line and line[0] not in "#-"]
        asked = {re.split(r"[\[=<>; ]", line)[0] for line in lines}
        assert {name.lower() for name in asked} <= {name.lower() for name in locked}
