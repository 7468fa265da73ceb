"""What holds for the repository as a whole: no address of a registry, no path of a machine, no loose end."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
REGISTRIES = re.compile(
    r"https?://[\w.-]*(pypi|pythonhosted|npmjs|repo1?\.maven|maven\.org|repository\.apache|jfrog|artifactory|nexus)[\w.-]*"
    r"|--(?:extra-)?index-url[ =]\S+|--find-links[ =]\S+"
)
MACHINE_PATHS = re.compile(r"(?<![\w.:/-])/(?:root|home/\w+|Users/\w+|work|tmp/boot|mnt/\w+)/")
TEXT_LIMIT = 2_000_000


def files() -> list[Path]:
    """Files that are committed or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    """Path and text of every file that is text; data files of sources are left as they came."""
    found = []
    for path in files():
        if "recordings" in path.parts or "fixtures" in path.parts or path.stat().st_size > TEXT_LIMIT:
            continue
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


TEXTS = texts()


def hits(pattern: re.Pattern[str]) -> list[str]:
    this = Path(__file__)
    return [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path, text in TEXTS
        if path != this
        for match in pattern.finditer(text)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert hits(REGISTRIES) == []


def test_no_file_names_a_path_of_a_machine() -> None:
    assert hits(MACHINE_PATHS) == []


@pytest.mark.parametrize(
    "part", ["schemas", "connectors", "analytics", "jobs", "dashboards", "vigie", "benchmarks", "simulator"]
)
def test_every_folder_with_modules_is_a_package(part: str) -> None:
    folders = {path.parent for path in (ROOT / part).rglob("*.py") if "__pycache__" not in path.parts}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    mark = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")
    marked = [str(path.relative_to(ROOT)) for path, text in TEXTS if path.suffix == ".py" and mark.search(text)]
    assert [each for each in marked if each != "tests/test_repository.py"] == []


def test_no_test_sleeps() -> None:
    sleep = re.compile(r"^\s*time\.sleep\(", re.MULTILINE)
    modules = [(path, text) for path, text in TEXTS if path.suffix == ".py" and path.is_relative_to(ROOT / "tests")]
    sleeping = [str(path.relative_to(ROOT)) for path, text in modules if sleep.search(text)]
    # Parts that tests start and stop lie still until then.
    assert [each for each in sleeping if each != "tests/vigie/test_process.py"] == []


def test_hooks_are_local_only() -> None:
    hooks = yaml.load((ROOT / ".pre-commit-config.yaml").read_text(), Loader=yaml.CSafeLoader)
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}


def test_project_is_licensed_and_says_so() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()[:200]


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    told = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert {"setup", "demo", "demo-check", "test", "test-unit", "bench", "airflow", "lint", "clean"} <= told


def test_continuous_integration_runs_make_test_without_a_terminal() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make test </dev/null" in script.read_text()


def test_recordings_have_their_licence_beside_them() -> None:
    folders = {path.parent for path in files() if "recordings" in path.parts and path.suffix not in {".md", ".yaml"}}
    assert folders

    def is_licensed(folder: Path) -> bool:
        return any(each.name.upper().startswith("LICEN") for at in (folder, folder.parent) for each in at.iterdir())

    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not is_licensed(folder)] == []
