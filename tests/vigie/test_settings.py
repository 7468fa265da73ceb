"""Settings come from one file and the environment, and nothing wrong in them is ignored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vigie.errors import ConfigurationError
from vigie.settings import ROOT, Settings, load


@pytest.fixture(autouse=True)
def _nothing_from_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VIGIE_{name.upper()}", raising=False)
    monkeypatch.setenv("VIGIE_SETTINGS", str(tmp_path / "vigie.toml"))


def test_without_file_and_variables_everything_is_managed_here() -> None:
    settings = load()
    assert settings.kafka_bootstrap is None
    assert settings.superset_url is None
    assert settings.has_managed_lake
    assert settings.lake("lancashire") == str(ROOT / ".vigie" / "lake" / "lancashire")
    assert settings.checkpoints("lancashire") == str(ROOT / ".vigie" / "checkpoints" / "lancashire")


def test_file_is_read_and_a_variable_wins_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vigie.toml").write_text('city = "lancashire"\nkafka_bootstrap = "a:9092,b:9092"\n')
    assert (load().city, load().kafka_bootstrap) == ("lancashire", "a:9092,b:9092")
    monkeypatch.setenv("VIGIE_CITY", "marseille")
    assert load().city == "marseille"
    assert load("san_francisco").city == "san_francisco"


def test_lake_of_the_settings_holds_one_lake_per_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_LAKE_ROOT", "s3a://bucket/lake/")
    settings = load()
    assert not settings.has_managed_lake
    assert settings.lake("lancashire") == "s3a://bucket/lake/lancashire"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("kafka_botstrap = 'a:1'", "setting kafka_botstrap is unknown; known: airflow_port, checkpoint_root"),
        ("kafka_bootstrap = 'nowhere'", "setting kafka_bootstrap (found 'nowhere')"),
        ("superset_port = 70000", "setting superset_port (found 70000)"),
        ("city = 'San Francisco'", "setting city (found 'San Francisco')"),
        ("city = ", "is not TOML"),
    ],
)
def test_wrong_file_is_refused_with_setting_value_and_place(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "vigie.toml").write_text(line)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert complaint in str(caught.value)
    assert "docs/operator/settings.md" in str(caught.value)


def test_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_KAFKA_BOOTSRAP", "a:9092")
    with pytest.raises(ConfigurationError, match="VIGIE_KAFKA_BOOTSRAP is no setting"):
        load()


def test_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_SUPERSET_PASSWORD", "hush-hush")
    assert "hush-hush" not in repr(load())
    monkeypatch.setenv("VIGIE_SUPERSET_PORT", "x")
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(("lake_root", "isolated_root"), [
    ("/srv/lake", "/srv/lake"), ("/srv/lake", "/srv/lake/isolated"), ("/srv", "/srv/isolated/"),
    ("/srv/isolated/lake", "/srv/isolated"),
])  # fmt: skip
def test_the_isolated_store_never_lies_where_queries_reach(lake_root: str, isolated_root: str) -> None:
    with pytest.raises(ConfigurationError, match="isolated_root"):
        Settings(lake_root=lake_root, isolated_root=isolated_root).isolated_store("town")
    assert Settings(lake_root="/srv/lake", isolated_root="/srv/lake2").isolated_store("town") == "/srv/lake2/town"


def test_every_setting_has_a_heading_and_every_heading_is_a_setting() -> None:
    page = (ROOT / "docs" / "operator" / "settings.md").read_text()
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(Settings.model_fields)
