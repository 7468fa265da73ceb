"""The isolated class: nothing of the platform may name it, and it forgets after a month (decree 2023-828)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from schemas.city import cities, load_city
from schemas.city_reader import read_city
from schemas.contract import TableContract, load, load_all
from schemas.errors import CityError, ContractError
from schemas.isolation import VIDEO_CAP_DAYS, Authorisation, is_isolated
from schemas.purposes import load_purposes
from tests.schemas.conftest import Write

REACHING_IN = [
    ("input", "write: merge", "write: merge\ninputs: [isolated.video_alert]", "isolated.video_alert"),
    ("gate", "metrics:", "gate:\n  references: {thing_id: isolated.video_alert.sensor_id}\nmetrics:", "sensor_id"),
    ("figure", "COUNT(*)", "(SELECT COUNT(*) FROM isolated.video_alert)", "thing_count"),
]


@pytest.mark.parametrize(("old", "new", "named"), [case[1:] for case in REACHING_IN], ids=[c[0] for c in REACHING_IN])
def test_a_table_that_names_the_isolated_class_does_not_load(read_with: Write, old: str, new: str, named: str) -> None:
    with pytest.raises(ContractError, match="isolated class") as caught:
        read_with(old, new)
    assert named in str(caught.value)
    assert "by hand" in str(caught.value)


def test_access_and_layer_are_isolated_together(read_with: Write) -> None:
    with pytest.raises(ContractError, match="layer `isolated` with access `isolated`"):
        read_with("access: open", "access: isolated")
    with pytest.raises(ContractError, match="layer `isolated` with access `isolated`"):
        read_with("name: silver.thing", "name: isolated.thing", layer="isolated")


@pytest.mark.parametrize("days", ["31", "unlimited"])
def test_isolated_rows_are_never_kept_longer_than_the_law_allows(read_with: Write, days: str) -> None:
    head = "access: open\npersonal_data: false\nretention_days: 365"
    new = f"access: isolated\npersonal_data: false\nretention_days: {days}"
    with pytest.raises(ContractError, match="30 days at most"):
        _isolated(read_with, head, new)
    assert _isolated(read_with, head, new.replace(days, "30")).retention_days == VIDEO_CAP_DAYS


def _isolated(read_with: Write, old: str, new: str) -> TableContract:
    name = "name: silver.thing\nversion: 1.0.0\n"
    body = "label: {fr: Chose, en: Thing}\ndescription: {fr: Une chose., en: A thing.}\n"
    body += "grain: {fr: Une chose., en: One thing.}\npurpose: urban_context\n"
    return read_with(name + body + old, name.replace("silver", "isolated") + body + new, layer="isolated")


def test_the_isolated_class_reads_no_other_table(read_with: Write) -> None:
    head = "access: open\npersonal_data: false\nretention_days: 365\nkey: [thing_id]\nwrite: merge"
    new = head.replace("open", "isolated").replace("365", "7") + "\ninputs: [reference.zone]"
    with pytest.raises(ContractError, match="matched with no other data"):
        _isolated(read_with, head, new)


def test_nothing_shipped_reads_the_isolated_class_and_it_has_a_purpose_of_its_own() -> None:
    isolated = [contract for contract in load_all() if is_isolated(contract.name)]
    assert {contract.name for contract in isolated} == {"isolated.record", "isolated.video_alert"}
    for contract in load_all():
        assert any(map(is_isolated, contract.inputs)) <= is_isolated(contract.name)
        assert (contract.purpose == "isolated_video_alerts") == is_isolated(contract.name)
    assert "2023-828" in load_purposes()["isolated_video_alerts"].legal_basis.en
    keys = {column.name for contract in load_all() if not is_isolated(contract.name) for column in contract.columns}
    assert "video_alert_id" not in keys  # a confirmed event has no key to the alert


def test_the_categories_are_the_eight_of_the_decree() -> None:
    rule = next(rule for rule in load("isolated.video_alert").rules if rule.code == "code")
    assert rule.params["codes"] == (
        "abandoned_object", "weapon", "wrong_direction", "forbidden_zone", "fall", "crowd_movement", "high_density",
        "fire",
    )


def _authorised(city_copy: Path, lines: str) -> Path:
    source = next((city_copy / "sources").glob("*.yaml"))
    source.write_text(source.read_text("utf-8") + f"\nauthorisation:\n{lines}", encoding="utf-8")
    return city_copy


DECISION = "  reference: '2026-07'\n  authority: Prefect\n  valid_from: 2026-01-10\n  valid_to: 2026-01-20\n"


def test_an_authorisation_holds_on_its_local_days_only(city_copy: Path) -> None:
    decision = read_city(_authorised(city_copy, DECISION)).sources[0].authorisation
    assert decision == Authorisation("2026-07", "Prefect", date(2026, 1, 10), date(2026, 1, 20), 30)
    first, last = datetime(2026, 1, 9, 23, 0, tzinfo=UTC), datetime(2026, 1, 20, 22, 59, tzinfo=UTC)
    assert decision.holds_at(first, "Europe/Paris")
    assert decision.holds_at(last, "Europe/Paris")
    assert not decision.holds_at(first, "UTC")
    assert not decision.holds_at(datetime(2026, 1, 20, 23, 0, tzinfo=UTC), "Europe/Paris")


@pytest.mark.parametrize(("lines", "problem"), [
    (DECISION + "  retention_days: 31\n", "30 at most"),
    (DECISION.replace("valid_to: 2026-01-20", "valid_to: 2026-01-09"), "before valid_from"),
    (DECISION.replace("  valid_to: 2026-01-20\n", ""), "no key `valid_to`"),
])
def test_an_authorisation_that_the_law_does_not_know_is_refused(city_copy: Path, lines: str, problem: str) -> None:
    with pytest.raises(CityError, match=problem):
        read_city(_authorised(city_copy, lines))


def test_no_city_ships_an_authorisation() -> None:
    assert [source for city in cities() for source in load_city(city).sources if source.authorisation] == []
