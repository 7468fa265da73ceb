"""Sources that carry persons: what is named leaves in the form asked for, all else is told by length and digest."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.sdk import Element, Payload, Row
from connectors.sdk.errors import BadSetting
from connectors.sdk.judge import outcomes
from connectors.sdk.persons import (
    KEY_FILE,
    KEY_VARIABLE,
    Guard,
    Instant,
    Keep,
    Pseudonyms,
    code,
    installation_key,
    instant,
    pseudonym,
    told,
)
from connectors.sdk.replay import Original, replay
from connectors.sdk.spool import Spool
from schemas.check import Violation
from schemas.city import CityProfile, SourceSettings
from tests.connectors.sdk.conftest import MemorySink
from tests.connectors.sdk.good import GoodLines

NAME = b"Jeanne TEMOIN"
KEEP: Keep = {"id": pseudonym, "category": code("noise|fire"), "date": code(r"[-0-9T:Z]{10,20}")}
HEAD = b"id,date,category,longitude,latitude\n"
GUARD = Guard(Pseudonyms(b"a key for tests only"), UTC)


class Guarded(GoodLines):
    """Lines of which three columns may leave."""

    keep = KEEP

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Map what is left."""
        assert b"Jeanne" not in payload.content
        line = element.value
        return {
            "report_id": f"good:{line['id']}",
            "occurred_at": line.get("date"),
            "time_precision_code": "second",
            "source_category": line.get("category"),
        }


class Raising(Guarded):
    """Quotes what it does not understand."""

    def split(self, payload: Payload) -> Iterator[Element]:
        """Fail in the words of the payload."""
        yield from list(super().split(payload))[:1]
        raise ValueError(payload.content.decode())


@pytest.fixture
def guarded(source: SourceSettings, city: CityProfile) -> Guarded:
    found = Guarded(source, city)
    found.guard = GUARD
    return found


def payload(content: bytes, refusal: Violation | None = None) -> Payload:
    moment = datetime(2011, 1, 1, 0, 14, 59, tzinfo=UTC)
    return Payload(content, "https://u:p@h.example/Jeanne?name=Jeanne", moment, refusal=refusal)


def every_byte(connector: Guarded, sent: Payload) -> bytes:
    """All that leaves: messages with key and headers, and the violations that callers may print."""
    return b"\n".join(
        b"\n".join(
            [o.message.key, o.message.value, *(value for _, value in o.message.headers), repr(o.violations).encode()]
        )
        for o in outcomes(connector, sent)
    )


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"7,2010-01-01T10:00:00Z,noise,Jeanne TEMOIN,Jeanne TEMOIN\n",
        HEAD + b"Jeanne TEMOIN,Jeanne TEMOIN,Jeanne TEMOIN,Jeanne TEMOIN,Jeanne TEMOIN\n",
        HEAD + b'7,"Jeanne TEMOIN\n8,2010,x,,\n',
        HEAD + b"7,Jeanne TEMOIN\xff,noise,,\n",
        HEAD + b"7,Jeanne TEMOIN\n",
        b"id,Jeanne TEMOIN\n1,Jeanne TEMOIN\n",
        b"Jeanne TEMOIN\nJeanne TEMOIN",
        HEAD + b"1,x,y,,," + NAME * 30_000,
    ],
)
def test_nothing_unnamed_leaves_whatever_is_wrong(guarded: Guarded, content: bytes) -> None:
    found = every_byte(guarded, payload(content))
    assert found
    assert b"Jeanne" not in found
    assert b"TEMOIN" not in found


def test_refused_payload_and_raising_split_are_told_without_a_word_of_it(
    source: SourceSettings, city: CityProfile, guarded: Guarded
) -> None:
    refusal = Violation("too_large", "Jeanne", "Jeanne", "Jeanne TEMOIN is too long")
    whole = every_byte(guarded, payload(NAME, refusal=refusal))
    raising = Raising(source, city)
    raising.guard = GUARD
    rest = every_byte(raising, payload(HEAD + b"1,2010-01-01T10:00:00Z,noise,,\n2,,,,Jeanne\n"))
    assert b"too_large" in whole
    assert b"ValueError" in rest
    assert b"Jeanne" not in whole + rest


def test_address_instant_and_identifier_of_a_payload_tell_no_person(guarded: Guarded) -> None:
    sent = payload(HEAD + b"1,2010-01-01T10:00:00Z,noise,,\n")
    (outcome,) = outcomes(guarded, sent)
    headers = dict(outcome.message.headers)
    assert headers["ce_payloadurl"] == b"https://h.example"
    assert headers["ce_time"] == b"2011-01-01T00:00:00Z"
    assert headers["ce_payloadid"] != sha256(sent.content).hexdigest()[:16].encode()


def test_same_element_again_is_the_same_record_under_the_same_key_only(guarded: Guarded) -> None:
    sent = payload(HEAD + b"1,2010-01-01T10:00:00Z,noise,,\n")
    first, again = (next(outcomes(guarded, sent)).message for _ in range(2))
    guarded.guard = Guard(Pseudonyms(b"another key for tests"), UTC)
    other = next(outcomes(guarded, sent)).message
    assert dict(first.headers)["ce_id"] == dict(again.headers)["ce_id"] != dict(other.headers)["ce_id"]


def test_originals_replay_to_the_same_records(guarded: Guarded, sink: MemorySink) -> None:
    sent = payload(HEAD + b"1,2010-01-01T10:00:00Z,noise,,\n2,Jeanne\n3,Jeanne,noise,,\n")
    before = list(outcomes(guarded, sent))
    kept = [
        Original(
            guarded.text(o.element) if o.is_accepted else o.message.value.decode(),
            dict(o.message.headers)["ce_payloadid"].decode(),
            o.element.index,
            dict(o.message.headers)["ce_payloadurl"].decode(),
            sent.collected_at,
        )
        for o in before
    ]
    replay(guarded, kept, sink)
    names = ("ce_id", "ce_payloadid", "ce_payloadurl")
    assert [[dict(m.headers)[n] for n in names] for m in sink.acknowledged] == [
        [dict(o.message.headers)[n] for n in names] for o in before
    ]


def test_damaged_original_in_bronze_is_withheld_too(guarded: Guarded) -> None:
    again = guarded.reread('{"id": "Jeanne TEMOIN')
    assert again.violations
    assert b"Jeanne" not in again.raw + repr(again.violations).encode()


def test_spool_file_holds_no_person(guarded: Guarded, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    for outcome in outcomes(guarded, payload(HEAD + b"1,2010-01-01T10:00:00Z,noise,Jeanne,\n2,Jeanne\n")):
        spool.append(outcome.message)
    spool.close()
    written = (tmp_path / "spool").read_bytes()
    assert len(written) > 500
    assert b"Jeanne" not in written


def test_key_is_made_once_and_is_readable_by_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    first = installation_key(tmp_path / "home")
    file = tmp_path / "home" / KEY_FILE
    assert first == installation_key(tmp_path / "home") == file.read_bytes()
    assert len(first) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [KEY_FILE]


def test_key_of_the_environment_wins_and_a_guessable_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k" * 32)
    assert installation_key(tmp_path) == b"k" * 32
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    with pytest.raises(BadSetting, match="at least 16"):
        installation_key(tmp_path)


def test_missing_key_ends_the_run_instead_of_refusing_every_payload(
    source: SourceSettings, city: CityProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "short")
    with pytest.raises(BadSetting):
        next(outcomes(Guarded(source, city), payload(HEAD)))


@pytest.mark.parametrize(
    ("moment", "precision", "kept", "back"),
    [
        (
            datetime(2024, 3, 1, 10, 29, 59, tzinfo=UTC),
            "minute",
            "2024-03-01T10:15:00Z",
            ("2024-03-01T10:15:00Z", "quarter_hour"),
        ),
        (datetime(2024, 3, 1, 10, tzinfo=UTC), "hour", "2024-03-01T10Z", ("2024-03-01T10:00:00Z", "hour")),
        (datetime(2024, 3, 1), "day", "2024-03-01", ("2024-03-01T00:00:00Z", "day")),
        (datetime.max.replace(tzinfo=UTC), "minute", "9999-12-31T23:45:00Z", ("9999-12-31T23:45:00Z", "quarter_hour")),
    ],
)
def test_instants_leave_as_quarter_hours(moment: datetime, precision: str, kept: str, back: tuple[str, str]) -> None:
    def read(text: str, zone: object) -> Instant | None:
        return (moment, precision) if text == "x" else None

    keeper = instant(read)
    assert keeper("x", GUARD) == kept
    assert told(kept, UTC) == back
    assert keeper("Jeanne", GUARD) == "withheld"
    assert told("withheld", UTC) == ("withheld", None)
