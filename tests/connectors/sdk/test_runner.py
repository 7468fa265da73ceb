"""The loop: what is read is told once, accounted for, and the offset follows only what is acknowledged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sdk import Element, Offset, Payload, PollingConnector, Row, SubscribingConnector
from connectors.sdk.envelope import header
from connectors.sdk.errors import AccountingBroken, BadSetting, OffsetsDamaged, SourceUnavailable
from connectors.sdk.http import HttpPoller, Limits
from connectors.sdk.judge import outcomes
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.playback import Playback, play
from connectors.sdk.replay import Original, replay
from connectors.sdk.runner import Counts, RunReport, run_once, run_until
from schemas.city import CityProfile, SourceSettings
from tests.connectors.sdk.conftest import MemorySink
from tests.connectors.sdk.good import CONTENT, REFUSED, GoodLines

HEADER = CONTENT.partition(b"\n")[0] + b"\n"
CONTRACT = "silver.incident_report"


class PolledLines(PollingConnector):
    """The good lines, polled."""

    contract, label, attribution, format = GoodLines.contract, GoodLines.label, GoodLines.attribution, GoodLines.format

    def to_row(self, element: Element, payload: Payload) -> Row:
        return GoodLines.to_row(self, element, payload)  # type: ignore[arg-type]


@pytest.fixture
def offsets(tmp_path: Path) -> OffsetStore:
    return OffsetStore(tmp_path / "offsets")


def _files(source: SourceSettings, folder: Path, *contents: bytes) -> SourceSettings:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.csv" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return replace(source, recordings=tuple(paths))


@pytest.fixture
def lines(source: SourceSettings, city: CityProfile, tmp_path: Path) -> GoodLines:
    return GoodLines(_files(source, tmp_path / "files", CONTENT, REFUSED), city)


def test_everything_read_is_accepted_or_rejected(lines: GoodLines, sink: MemorySink, offsets: OffsetStore) -> None:
    told: list[int] = []
    report = run_once(lines, sink, offsets, progress=told.append)
    assert report.counts == {CONTRACT: Counts(read=6, accepted=5, rejected=1)}
    assert (report.read, report.accepted, report.rejected, report.payloads) == (6, 5, 1, 2)
    assert told == [4, 6]
    assert [message.topic for message in sink.acknowledged].count("dlq.urban.good") == 1


def test_a_source_read_to_its_end_gives_nothing_more(lines: GoodLines, sink: MemorySink, offsets: OffsetStore) -> None:
    run_once(lines, sink, offsets)
    assert run_once(lines, sink, offsets).read == 0
    offsets.forget(lines.name)
    again = MemorySink()
    run_once(lines, again, offsets)
    assert [m.headers[0] for m in again.acknowledged] == [m.headers[0] for m in sink.acknowledged]


def test_offset_is_kept_until_records_are_acknowledged(lines: GoodLines, offsets: OffsetStore) -> None:
    failing = MemorySink(fails_at=2)
    with pytest.raises(ConnectionError):
        run_once(lines, failing, offsets)
    assert set(offsets.load(lines.name)) == {"file:0.csv"}
    assert run_once(lines, failing, offsets).read == 2
    assert len({header(message.headers, "ce_id") for message in failing.acknowledged}) == 5
    assert len(failing.acknowledged) == 6


def test_accepted_message_carries_row_original_key_and_headers(
    lines: GoodLines, sink: MemorySink, offsets: OffsetStore
) -> None:
    run_once(lines, sink, offsets)
    message = sink.acknowledged[0]
    value = json.loads(message.value)
    assert value["raw"] == HEADER.decode() + "1,2010-01-01T10:00:00+01:00,noise,-122.44,37.77\n"
    assert value["row"]["occurred_at"] == "2010-01-01T09:00:00Z"
    assert (message.topic, message.key) == ("urban.good", b"good:1")
    found = {name: content.decode() for name, content in message.headers}
    assert found.pop("ce_id").isalnum()
    assert found.pop("ce_time").endswith("Z")
    assert len(found.pop("ce_payloadid")) == 16
    assert found == {
        "ce_specversion": "1.0",
        "ce_source": "urn:vigie:san_francisco:good",
        "ce_type": f"vigie.{CONTRACT}",
        "ce_dataschema": f"vigie:{CONTRACT}@1.1.0",
        "ce_elementindex": "0",
        "ce_payloadurl": "file:0.csv",
        "content-type": "application/json",
    }


def test_dead_letter_holds_the_original_bytes_and_every_reason(lines: GoodLines, city: CityProfile) -> None:
    long = b"7,nonsense," + b"\xe9" * 70_000 + b",1,2\n"
    payload = Payload(HEADER + long + b"7,nonsense,x,1,text\n", "file:x", datetime(2020, 1, 1, tzinfo=UTC))
    unreadable, wrong = (outcome.message for outcome in outcomes(lines, payload))
    assert unreadable.value == long[: 64 * 1024]
    assert header(unreadable.headers, "__dlq.truncated") == "true"
    assert header(unreadable.headers, "__dlq.errors.rule") == "unreadable"
    assert header(unreadable.headers, "__dlq.errors.column") == "category"
    assert wrong.value == b"7,nonsense,x,1,text\n"
    assert wrong.topic == "dlq.urban.good"
    assert header(wrong.headers, "__dlq.truncated") is None
    assert header(wrong.headers, "__dlq.errors.topic") == "urban.good"
    assert header(wrong.headers, "__dlq.errors.value") == "nonsense"
    reasons = json.loads(header(wrong.headers, "__dlq.errors.violations") or "[]")
    assert [(reason["rule"], reason["column"]) for reason in reasons] == [("type", "occurred_at"), ("type", "latitude")]


class Raising(GoodLines):
    """Raises on some lines, gives no row for others, and rows JSON cannot hold for more."""

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        match element.index % 5:
            case 0:
                raise KeyError("gone")
            case 1:
                return
            case 2:
                yield "silver.trip_delay", {}
            case 3:
                yield CONTRACT, {**self.to_row(element, payload), "source_priority": {1, 2}}  # type: ignore[dict-item]
            case _:
                yield from super().to_rows(element, payload)


def test_a_connector_that_raises_gives_refused_elements_and_never_stops(
    source: SourceSettings, city: CityProfile
) -> None:
    content = HEADER + b"".join(b"%d,2010-01-01T10:00:00Z,x,-122.44,37.77\n" % n for n in range(10))
    told = list(outcomes(Raising(source, city), Payload(content, "file:x", datetime(2020, 1, 1, tzinfo=UTC))))
    assert [bool(outcome.violations) for outcome in told] == [True, True, True, True, False] * 2
    assert {violation.rule for outcome in told for violation in outcome.violations} <= {"shape", "type", "length"}
    assert told[0].violations[0].column == "gone"


class Splitting(GoodLines):
    """Breaks off in the middle."""

    def split(self, payload: Payload) -> Iterator[Element]:
        yield next(super().split(payload))
        raise RuntimeError("lost the thread")


def test_a_split_that_raises_gives_one_refused_element_for_the_rest(source: SourceSettings, city: CityProfile) -> None:
    first, rest = outcomes(Splitting(source, city), Payload(CONTENT, "file:x", datetime(2020, 1, 1, tzinfo=UTC)))
    assert first.is_accepted
    assert rest.violations[0].rule == "unreadable"
    assert "lost the thread" in rest.violations[0].message
    assert rest.message.value == CONTENT


def test_a_bomb_among_files_is_refused_and_the_next_file_is_read(
    source: SourceSettings, city: CityProfile, sink: MemorySink, offsets: OffsetStore, tmp_path: Path
) -> None:
    import gzip

    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bytes(60_000_000)))
    (tmp_path / "good.csv").write_bytes(CONTENT)
    recordings = (tmp_path / "bomb.csv.gz", tmp_path / "good.csv")
    report = run_once(GoodLines(replace(source, recordings=recordings), city), sink, offsets)
    assert (report.read, report.accepted, report.rejected) == (5, 4, 1)
    assert header(sink.acknowledged[0].headers, "__dlq.errors.rule") == "too_large"


def test_a_source_without_files_or_address_says_what_to_write(
    source: SourceSettings, city: CityProfile, sink: MemorySink, offsets: OffsetStore
) -> None:
    with pytest.raises(BadSetting, match="recordings"):
        run_once(GoodLines(replace(source, settings={}), city), sink, offsets)
    with pytest.raises(BadSetting, match="url"):
        run_once(PolledLines(replace(source, settings={}), city), sink, offsets)


def test_recordings_are_polled_over_http_once_each_and_never_again(
    source: SourceSettings, city: CityProfile, sink: MemorySink, offsets: OffsetStore, tmp_path: Path
) -> None:
    polled = PolledLines(_files(source, tmp_path / "files", CONTENT, HEADER, REFUSED), city)
    report = play(polled, sink, offsets)
    assert (report.payloads, report.read, report.rejected) == (3, 6, 1)
    assert {header(m.headers, "ce_payloadurl") for m in sink.acknowledged} == {
        "https://data.example/feed.csv?key=***&day=1"
    }
    assert play(polled, sink, offsets).read == 0


def test_playback_answers_packed_recordings_as_they_are(tmp_path: Path) -> None:
    import gzip

    from connectors.sdk import Request

    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(CONTENT))
    with Playback([path]) as server:
        poller = HttpPoller(origin=server.origin)
        payload = poller.poll(Request("https://data.example/x"))
        assert payload is not None
        assert payload.content == CONTENT
        assert payload.metadata["recording"] == "x.csv.gz"
        assert poller.poll(Request("https://data.example/x"), payload.metadata) is None


class Pushed(SubscribingConnector):
    """Good lines that are pushed; notes when a payload may be acknowledged upstream."""

    contract, label, attribution, format = GoodLines.contract, GoodLines.label, GoodLines.attribution, GoodLines.format
    sink: MemorySink

    def subscribe(self, since: Offset) -> Iterator[Payload]:
        for number in range(3):
            yield Payload(CONTENT, f"push:{number}", datetime(2020, 1, 1, tzinfo=UTC))
            assert len(self.sink.acknowledged) == 4 * (number + 1)

    def to_row(self, element: Element, payload: Payload) -> Row:
        return GoodLines.to_row(self, element, payload)  # type: ignore[arg-type]


def test_a_subscription_is_resumed_only_after_its_records_are_acknowledged(
    source: SourceSettings, city: CityProfile, sink: MemorySink, offsets: OffsetStore
) -> None:
    pushed = Pushed(source, city)
    pushed.sink = sink
    assert run_once(pushed, sink, offsets).read == 12


def test_running_goes_on_after_an_outage_until_it_is_stopped(
    source: SourceSettings, city: CityProfile, sink: MemorySink, offsets: OffsetStore
) -> None:
    polled = PolledLines(replace(source, settings={"url": "http://127.0.0.1:9/x"}), city)
    stop, seen = threading.Event(), []

    def on_retry(error: Exception) -> None:
        seen.append(error)
        stop.set()

    poller = HttpPoller(Limits(attempts=1))
    assert run_until(stop, polled, sink, offsets, on_retry=on_retry, poller=poller).read == 0
    assert isinstance(seen[0], SourceUnavailable)


def _originals(sink: MemorySink) -> list[Original]:
    return [
        Original(
            json.loads(message.value)["raw"] if message.topic == "urban.good" else message.value.decode(),
            header(message.headers, "ce_payloadid") or "",
            int(header(message.headers, "ce_elementindex") or 0),
            header(message.headers, "ce_payloadurl") or "",
            datetime.fromisoformat(header(message.headers, "ce_time") or ""),
        )
        for message in sink.acknowledged
    ]


def test_replay_of_an_unchanged_connector_tells_the_same_records(
    lines: GoodLines, sink: MemorySink, offsets: OffsetStore
) -> None:
    run_once(lines, sink, offsets)
    again = MemorySink()
    originals = _originals(sink)
    report = replay(lines, [*originals[:4], *originals[:5], *originals[4:]], again)
    assert (report.read, report.accepted, report.rejected) == (6, 5, 1)
    assert [m.headers[0] for m in again.acknowledged] == [m.headers[0] for m in sink.acknowledged]
    assert [m.value for m in again.acknowledged] == [m.value for m in sink.acknowledged]


class Corrected(GoodLines):
    """Writes the category in capitals."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        return {**super().to_row(element, payload), "source_category": element.value["category"].upper()}


def test_replay_of_a_corrected_connector_tells_corrected_rows(
    lines: GoodLines, sink: MemorySink, offsets: OffsetStore
) -> None:
    run_once(lines, sink, offsets)
    again = MemorySink()
    replay(Corrected(lines.source, lines.city), _originals(sink), again)
    assert json.loads(again.acknowledged[0].value)["row"]["source_category"] == "NOISE"


class Lenient(GoodLines):
    """Takes the day of yesterday for a date it cannot read."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        row = super().to_row(element, payload)
        return {**row, "occurred_at": "2019-12-31T00:00:00Z"} if row["occurred_at"] == "yesterday" else row


def test_replay_makes_rows_of_what_was_refused_before(lines: GoodLines, sink: MemorySink, offsets: OffsetStore) -> None:
    run_once(lines, sink, offsets)
    report = replay(Lenient(lines.source, lines.city), _originals(sink), MemorySink())
    assert (report.read, report.accepted, report.rejected) == (6, 6, 0)


def test_a_broken_account_stops_the_run() -> None:
    with pytest.raises(AccountingBroken, match="read 3 is not accepted 1 \\+ rejected 1"):
        RunReport("x", {CONTRACT: Counts(3, 1, 1)}).balance()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_damaged_offset_is_never_taken_for_an_empty_one(offsets: OffsetStore, content: bytes) -> None:
    offsets.commit("x", {"a": {"payload_id": "1"}})
    assert offsets.load("x") == {"a": {"payload_id": "1"}}
    offsets.path("x").write_bytes(content)
    with pytest.raises(OffsetsDamaged, match=r"x\.json"):
        offsets.load("x")
    assert [path.name for path in offsets.root.iterdir()] == ["x.json"]
