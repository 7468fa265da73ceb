"""A newcomer's way: new, record, check, each telling what to do next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import connectors as package
from connectors.sdk import registry
from connectors.sdk.errors import BadSetting, FixtureMissing, UnknownConnector
from connectors.sdk.scaffold import KINDS, check, list_connectors, new_connector, record


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose `connectors/` is looked into beside the real one."""
    (tmp_path / "connectors").mkdir()
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / "connectors")])
    yield tmp_path
    registry.names.cache_clear()


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_connector_is_short_clean_and_says_what_it_lacks(root: Path, kind: str, repository: Path) -> None:
    name = f"acme_{kind}_things"
    module, folder = new_connector(name, kind, root)
    assert len(module.read_text().splitlines()) <= 40
    assert (folder / "refused").is_dir()
    ruff = [sys.executable, "-m", "ruff", "check", "--config", str(repository / "pyproject.toml"), str(module)]
    assert subprocess.run(ruff, cwd=repository, capture_output=True, text=True).stdout == "All checks passed!\n"
    mypy = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", str(module)]
    typed = subprocess.run(mypy, cwd=repository, capture_output=True, text=True)
    assert typed.returncode == 0, typed.stdout
    with pytest.raises(FixtureMissing, match=f"vigie connectors record {name}"):
        check(name, root / "tests" / "fixtures" / "connectors")


def test_a_new_connector_never_overwrites(root: Path) -> None:
    new_connector("acme_things", "file", root)
    with pytest.raises(BadSetting, match="exists already"):
        new_connector("acme_things", "file", root)


@pytest.mark.parametrize("name", ["things", "Acme_things", "acme-things", "../acme_things", "acme_", "1_a", ""])
def test_a_name_that_cannot_be_is_refused(root: Path, name: str) -> None:
    with pytest.raises(BadSetting, match="cannot name a connector"):
        new_connector(name, "file", root)


def test_an_unknown_kind_is_refused(root: Path) -> None:
    with pytest.raises(BadSetting, match="file, polling, subscribing"):
        new_connector("acme_things", "pull", root)


def test_an_unknown_connector_proposes_near_names() -> None:
    with pytest.raises(UnknownConnector, match="Did you mean datasf_police_incidents"):
        check("datasf_police_incident")


def test_a_recorded_fixture_passes_every_rule_but_the_samples_that_only_a_person_can_choose(tmp_path: Path) -> None:
    folder = record("datasf_police_incidents", city_id="san_francisco", fixtures=tmp_path, max_bytes=5_000)
    assert {path.name for path in folder.iterdir()} == {"payload.csv", "payload.yaml", "accepted.jsonl", "refused"}
    assert 3_000 < (folder / "payload.csv").stat().st_size <= 5_000
    (report,) = check("datasf_police_incidents", tmp_path)
    assert [finding.code for finding in report.findings] == ["refused_as_recorded"]


def test_every_connector_is_listed_with_its_contracts() -> None:
    listed = {facts.name: facts for facts in list_connectors()}
    assert set(listed) == set(registry.names())
    assert listed["datasf_fire_calls"].contracts == ("silver.incident_report", "silver.unit_dispatch")
    assert listed["gtfs_rt_trip_updates"].kind == "polling"
    assert listed["gtfs_rt_trip_updates"].topic == "urban.gtfs_rt_trip_updates"


@pytest.mark.parametrize("name", registry.names())
def test_a_module_holds_one_connector(name: str) -> None:
    assert registry.load(name).__module__ == f"connectors.{name}"


def test_a_module_without_connector_is_refused() -> None:
    with pytest.raises(BadSetting, match="defines 0 connectors"):
        registry.connector_in("connectors.sdk.errors")
