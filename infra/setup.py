"""Make everything the platform needs inside this folder: three environments and two folders of jars.

Only the standard library: it runs before anything is installed. What is in place already is left alone, each part by a
stamp that carries the hash of what it was made from and is written last, so a set-up that was interrupted starts that
part again.

    python3 infra/setup.py            make what is missing
    python3 infra/setup.py --check    only say which prerequisites are missing
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".vigie"
LOCKS = ROOT / "infra" / "locks"
JARS = STATE / "jars"
CHECKSUMS = ROOT / "infra" / "jars.sha256"
TOOLS = STATE / "tools" / "uv"
UV = TOOLS / "bin" / "uv"
STAMP = ".vigie-stamp"
BENCH_STAMP = ".vigie-stamp-bench"
PYTHONS = ((3, 11), (3, 12))


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment, its lock, and whether the project itself is installed in it."""

    name: str
    folder: Path
    has_project: bool = False

    @property
    def lock(self) -> Path:
        """The compiled list of packages with hashes."""
        return LOCKS / f"{self.name}.txt"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


ENVIRONMENTS = (
    Environment("platform", ROOT / ".venv", has_project=True),
    Environment("airflow", ROOT / ".venv-airflow"),
    Environment("superset", ROOT / ".venv-superset"),
)


# --- prerequisites


def missing_prerequisites() -> list[str]:
    """One line for each program that is missing or too old, with the command that installs it."""
    checks = (_check_python, _check_venv, _check_java, _check_maven, _check_git, _check_make)
    return [line for check in checks if (line := check())]


def _check_python() -> str | None:
    found = sys.version_info[:2]
    if found in PYTHONS:
        return None
    return (
        f"Python 3.11 or 3.12 is needed, {sys.executable} is {found[0]}.{found[1]}: "
        "apt-get install python3.11 python3.11-venv, then make PYTHON=python3.11 …"
    )


def _check_venv() -> str | None:
    done = subprocess.run(
        [sys.executable, "-c", "import venv, ensurepip"], capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    return None if done.returncode == 0 else "Python's venv and ensurepip are missing: apt-get install python3-venv"


def _check_java() -> str | None:
    fix = "apt-get install openjdk-17-jdk-headless"
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home, "bin", "java")) if home else "java"
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return f"Java 17 is missing ({program} not found): {fix}"
    match = re.search(r'version "(\d+)', done.stderr)
    major = int(match.group(1)) if match else 0
    return None if major >= 17 else f"Java 17 is needed, {program} is Java {major or 'of no known version'}: {fix}"


def _check_program(program: str, what: str, package: str) -> str | None:
    return None if shutil.which(program) else f"{what} is missing ({program} not found): apt-get install {package}"


def _check_maven() -> str | None:
    return _check_program("mvn", "Maven", "maven")


def _check_git() -> str | None:
    return _check_program("git", "git", "git")


def _check_make() -> str | None:
    return _check_program("make", "make", "make")


# --- parts


def _digest(*parts: Path | str) -> str:
    """The hash of what a part is made from: texts, and contents of files."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()


def _is_current(folder: Path, digest: str) -> bool:
    try:
        return (folder / STAMP).read_text() == digest
    except (FileNotFoundError, NotADirectoryError):
        return False


def _run(command: Sequence[str | Path], what: str) -> None:
    """Run a program; when it fails, say what failed and how its output ends."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "UV_NO_PROGRESS": "1", "VIRTUAL_ENV": "", "UV_PYTHON_DOWNLOADS": "never"},
    )
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{what} failed (exit code {done.returncode}); the end of its output:\n{tail}")


def install_uv() -> str | None:
    """The installer of the three environments, in an environment of its own."""
    lock = LOCKS / "bootstrap.txt"
    digest = _digest(lock, sys.version)
    if UV.exists() and _is_current(TOOLS, digest):
        return None
    shutil.rmtree(TOOLS, ignore_errors=True)
    TOOLS.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", TOOLS], "making the installer's environment")
    pip: list[str | Path] = [TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--require-hashes", "-r", lock], "installing uv")
    (TOOLS / STAMP).write_text(digest)
    return "uv"


def install_environment(environment: Environment) -> str | None:
    """One environment exactly as its lock says, and the project in it where it belongs."""
    project = [ROOT / "pyproject.toml"] if environment.has_project else []
    digest = _digest(environment.lock, *project, sys.version, str(environment.folder))
    if environment.python.exists() and _is_current(environment.folder, digest):
        return None
    was_finished = (environment.folder / STAMP).exists() and environment.python.exists()
    for stamp in (STAMP, BENCH_STAMP):
        (environment.folder / stamp).unlink(missing_ok=True)
    if not was_finished:
        _run(
            [UV, "venv", "--quiet", "--clear", "--python", sys.executable, environment.folder],
            f"making {environment.folder.name}",
        )
    install: list[str | Path] = [UV, "pip", "sync", "--quiet", "--python", environment.python, "--require-hashes"]
    _run([*install, environment.lock], f"installing {environment.lock.name}")
    if environment.has_project:
        # Without isolation the build tools are those of the lock: nothing without a hash is fetched.
        editable: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", environment.python]
        _run([*editable, "--no-build-isolation", "--no-deps", "--editable", ROOT], "installing the project")
    (environment.folder / STAMP).write_text(digest)
    return environment.folder.name


def install_bench() -> str | None:
    """The peers that benchmarks compare with, on top of the platform; the next change of its lock takes them away."""
    platform = ENVIRONMENTS[0]
    lock = LOCKS / "bench.txt"
    stamp = platform.folder / BENCH_STAMP
    digest = _digest(lock, platform.folder / STAMP)
    if stamp.exists() and stamp.read_text() == digest:
        return None
    install: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", platform.python, "--require-hashes"]
    _run([*install, "-r", lock], "installing the benchmarks' peers")
    stamp.write_text(digest)
    return "the benchmarks' peers"


def install_jars(name: str) -> str | None:
    """The jars of Spark or Kafka by Maven, each with the checksum that is committed."""
    folder, pom = JARS / name, ROOT / "infra" / name / "pom.xml"
    digest = _digest(pom, CHECKSUMS)
    expected = expected_jars(name)
    if _is_current(folder, digest) and all((folder / jar).exists() for jar in expected):
        return None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    maven: list[str | Path] = ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies"]
    _run([*maven, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"], f"copying the jars of {name}")
    verify_jars(folder, expected)
    (folder / STAMP).write_text(digest)
    return f"{name} jars"


def expected_jars(name: str) -> dict[str, str]:
    """File name -> SHA-256 of the jars of Spark or Kafka, as committed."""
    rows = (line.split(maxsplit=1) for line in CHECKSUMS.read_text().splitlines() if line)
    return {path.removeprefix(f"{name}/"): digest for digest, path in rows if path.startswith(f"{name}/")}


def verify_jars(folder: Path, expected: dict[str, str]) -> None:
    """Check that a folder holds exactly the jars expected.

    Raises:
        SetupError: a jar is missing, not listed, or not the file whose checksum is committed.
    """
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")}
    problems = [f"{jar} is missing" for jar in expected if jar not in found]
    problems += [f"{jar} is not listed" for jar in found if jar not in expected]
    problems += [
        f"{jar} has SHA-256 {found[jar]}, expected {expected[jar]}"
        for jar in found.keys() & expected.keys()
        if found[jar] != expected[jar]
    ]
    if problems:
        raise SetupError(
            f"{folder}: {'; '.join(sorted(problems))}. Compare with {CHECKSUMS.relative_to(ROOT)}; "
            "if the local Maven repository holds a damaged file, delete it there and run make setup again"
        )


# --- all of it


@contextmanager
def _alone() -> Iterator[None]:
    """Two set-ups of one folder at a time would undo each other: the second waits."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _timed(part: Callable[[], str | None]) -> None:
    start = time.monotonic()
    made = part()
    if made:
        print(f"set-up: {made} in {time.monotonic() - start:.0f} s", flush=True)


def set_up(*, with_bench: bool = False) -> None:
    """Make every part that is missing or out of date."""
    with _alone():
        _timed(install_uv)
        parts: list[Callable[[], str | None]] = [
            *(partial(install_environment, each) for each in ENVIRONMENTS),
            *(partial(install_jars, name) for name in ("spark", "kafka")),
        ]
        with ThreadPoolExecutor(max_workers=3) as pool:
            list(pool.map(_timed, parts))
        if with_bench:
            _timed(install_bench)


def main() -> int:
    """Check the prerequisites, then set up; 0 when everything is in place, 6 when a program is missing."""
    parser = argparse.ArgumentParser(description="Set up everything inside this folder.")
    parser.add_argument("--check", action="store_true", help="only say which prerequisites are missing")
    parser.add_argument("--bench", action="store_true", help="also install what only benchmarks need")
    arguments = parser.parse_args()
    missing = missing_prerequisites()
    for line in missing:
        print(f"set-up: {line}", file=sys.stderr)
    if missing:
        return 6
    if arguments.check:
        return 0
    try:
        set_up(with_bench=arguments.bench)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
