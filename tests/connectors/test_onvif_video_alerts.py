"""The isolated class at the edge: off without a decision, apart from all else, nothing kept beside the signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk.broker import ISOLATED_TOPIC_CONFIG
from connectors.sdk.connector import SourceConnector
from connectors.sdk.envelope import Message, dead_letter_topic_of, prefix_of, topic_of
from connectors.sdk.errors import BadSetting, NotAuthorised
from connectors.sdk.judge import outcomes
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.registry import contracts_of, load
from connectors.sdk.runner import run_once
from connectors.sdk.scaffold import list_connectors
from schemas.city import load_city
from schemas.codes import load_codes
from schemas.isolation import VIDEO_CAP_DAYS, Authorisation

DECISION = Authorisation("13-1", "Prefect", date(2026, 9, 1), date(2026, 9, 30))


class Nowhere:
    """A sink that takes nothing: a source that is off must not send."""

    def send(self, message: Message) -> None:
        raise AssertionError(message.topic)

    def flush(self) -> None:
        """Nothing to do."""


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings, under the decision its fixture invents."""
    return recorded("onvif_video_alerts")


def connector(
    decision: Authorisation | None = None, name: str = "onvif_video_alerts", **settings: object
) -> SourceConnector:
    """The connector as Marseille ships it, with a decision if one is given."""
    city = load_city("marseille")
    shipped = city.source(name)
    source = replace(shipped, authorisation=decision, settings={**shipped.settings, **settings})
    return load(name)(source, city)


@pytest.mark.parametrize("name", ["onvif_video_alerts", "sound_events"])
def test_a_source_that_the_law_forbids_ships_off_and_says_why(name: str, tmp_path: Path) -> None:
    assert load_city("marseille").source(name).authorisation is None
    with pytest.raises(NotAuthorised) as caught:
        run_once(connector(name=name), Nowhere(), OffsetStore(tmp_path))
    assert f"cities/marseille/sources/{name}.yaml" in str(caught.value)
    with pytest.raises(NotAuthorised, match="holds no `authorisation`"):
        run_once(connector(name=name, enabled=True), Nowhere(), OffsetStore(tmp_path))


def test_the_alerts_name_the_decree(tmp_path: Path) -> None:
    with pytest.raises(NotAuthorised, match=r"decree 2023-828.*prefect"):
        run_once(connector(), Nowhere(), OffsetStore(tmp_path))


def test_past_the_end_of_the_decision_the_connector_does_not_start(tmp_path: Path) -> None:
    over = replace_days(DECISION, date(2020, 1, 1), date(2020, 1, 31))
    with pytest.raises(NotAuthorised, match=r"13-1 of Prefect holds from 2020-01-01 to 2020-01-31 and not at"):
        run_once(connector(over), Nowhere(), OffsetStore(tmp_path))


@pytest.mark.parametrize(("at", "is_taken"), [
    (datetime(2026, 8, 31, 21, 59, tzinfo=UTC), False), (datetime(2026, 8, 31, 22, 0, tzinfo=UTC), True),
    (datetime(2026, 9, 30, 21, 59, tzinfo=UTC), True), (datetime(2026, 9, 30, 22, 0, tzinfo=UTC), False),
])  # fmt: skip
def test_ingestion_stops_with_the_last_local_day(source: Any, at: datetime, is_taken: bool) -> None:
    payload = replace(source.payload(source.slice), collected_at=at)
    if is_taken:
        assert any(outcome.is_accepted for outcome in outcomes(connector(DECISION), payload))
        return
    with pytest.raises(NotAuthorised, match="stopped"):
        list(outcomes(connector(DECISION), payload))


def test_a_decision_does_not_overrule_the_switch(tmp_path: Path) -> None:
    always = replace_days(DECISION, date(2020, 1, 1), date(2999, 1, 1))
    with pytest.raises(NotAuthorised, match="switched off"):
        run_once(connector(always, enabled=False), Nowhere(), OffsetStore(tmp_path))


def test_topics_of_the_two_classes_are_apart(source: Any) -> None:
    topics = {outcome.message.topic for outcome in source.outcomes(source.slice)}
    assert topics == {"isolated.onvif_video_alerts", "dlq.isolated.onvif_video_alerts"}
    assert (topic_of("x"), dead_letter_topic_of("x")) == ("urban.x", "dlq.urban.x")
    for found in list_connectors():
        is_isolated = found.contracts == ("isolated.video_alert",)
        assert found.topic.startswith("isolated." if is_isolated else "urban.")
        assert prefix_of(contracts_of(load(found.name))) == found.topic.split(".")[0]
    with pytest.raises(BadSetting, match="two connectors"):
        prefix_of(("silver.crowd_count", "isolated.video_alert"))


def test_the_broker_forgets_before_the_law_says(source: Any) -> None:
    assert int(ISOLATED_TOPIC_CONFIG["retention.ms"]) <= VIDEO_CAP_DAYS * 24 * 3_600_000


def test_the_eight_events_and_no_other(source: Any) -> None:
    rows = [row for _, row in source.read(source.slice).accepted]
    assert {row["video_category_code"] for row in rows} == set(load_codes("video_category").values)
    kept = [outcome.message.value for outcome in source.outcomes(source.slice) if not outcome.is_accepted]
    assert kept == [b'{"Topic": "tns1:RuleEngine/PeopleDetector/People", "withheld": true}']


def test_another_firmware_is_a_line_of_the_profile(source: Any) -> None:
    line = source.slice.splitlines()[0].replace(b"CellMotionDetector/Intrusion", b"tnsnew:Area/tnsnew:Entered")
    payload = source.payload(line)
    mapped = connector(source.connector.source.authorisation, categories={"#isintrusion": "forbidden_zone"})
    (outcome,) = outcomes(mapped, payload)
    assert outcome.row is not None
    assert outcome.row["video_category_code"] == "forbidden_zone"
    unmapped = connector(source.connector.source.authorisation, categories={})
    assert [outcome.is_accepted for outcome in outcomes(unmapped, payload)] == [False]


def replace_days(decision: Authorisation, first: date, last: date) -> Authorisation:
    """The decision for other days."""
    return decision._replace(valid_from=first, valid_to=last)
