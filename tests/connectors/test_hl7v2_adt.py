"""The traps of HL7 version 2 ADT, and that no patient leaves a message whatever is wrong with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.sdk.conformance.mutation import mutated
from connectors.sdk.envelope import header
from connectors.sdk.formats.hl7v2 import Hl7v2Format, hl7_time
from connectors.sdk.spool import Spool

SAMPLES = sorted((Path(__file__).parents[1] / "fixtures" / "hl7v2").glob("*.hl7"))
ARRIVAL = "silver.hospital_arrival"
PERSON = (
    "Zoé",
    "TÉMOIN",
    "TEMOIN",
    "279035121518989",
    "19790314",
    "rue de la Paix",
    "0600000001",
    "000012345",
    "26000123",
)


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its French messages."""
    return recorded("hl7v2_adt+ihe_pam")


def adt(event: str = "A04", *, at: str = "20240301101500", encoding: str = "utf-8", **more: str) -> bytes:
    """One message about one made-up person."""
    mark = more.get("marks", "|^~\\&")
    lines = [
        f"MSH|^~\\&|DPI|HOPITAL DEMO|V|V|{more.get('sent', at)}||ADT^{event}|{more.get('control', 'C1')}|P|2.5||||||"
        + more.get("charset", "UNICODE UTF-8"),
        f"EVN||{at}||||",
        "PID|||000012345^^^H^PI~279035121518989^^^INS^INS||TÉMOIN^Zoé||19790314|F|||1 rue de la Paix||0600000001",
        f"PV1||{more.get('of_class', 'E')}|URG" + "|" * 16 + more.get("visit", "26000123") + "|" * 25
        + more.get("arrived", at) + f"|{more.get('left', '')}",
        *filter(None, [more.get("extra")]),
    ]  # fmt: skip
    text = "\r".join(lines) + "\r"
    table = dict(zip("|^~\\&", mark, strict=True))
    return "".join(table.get(letter, letter) for letter in text).encode(encoding)


def rows(source: Any, content: bytes) -> list[dict[str, Any]]:
    """Accepted rows."""
    return [row for _, row in source.read(content).accepted]


def everything(source: Any, content: bytes) -> bytes:
    """Every byte that leaves, and what is said about it."""
    parts: list[bytes] = []
    for outcome in source.outcomes(content):
        message = outcome.message
        parts += [message.key, message.value, *(value for _, value in message.headers)]
        parts.append(repr(outcome.violations).encode("utf-8", "backslashreplace"))
    return b"\n".join(parts)


def holds_person(content: bytes) -> list[str]:
    """What of the made-up person stands in some bytes, in any encoding that a message may have."""
    return [
        text
        for text in PERSON
        if any(text.encode(encoding) in content for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"))
        or text.encode("ascii", "backslashreplace") in content
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_synthetic_message_is_one_element_and_one_row_or_a_refusal_for_want_of_an_arrival(
    source: Any, path: Path
) -> None:
    """29 messages of versions 2.3 to 2.8; only those without PV1-44 are refused."""
    reading = source.read(path.read_bytes())
    assert len(reading.judged) == 1
    without = path.stem in {f"ADT-A{event}-01" for event in ("05", "14", "15", "40", "47")}
    assert [(rule, column) for _, _, rule, column in reading.refused] == [("required", "arrived_at")] * without
    assert len(reading.accepted) == 1 - without


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_no_synthetic_patient_leaves_its_message(source: Any, path: Path) -> None:
    found = everything(source, path.read_bytes())
    names = b"EVERYMAN ADAM DUCK DONALD BROS MARIO Jane 40007716 PATID MRN12345 Penicillin 19241010 DISNEY"
    for text in names.split():
        assert text not in found


@pytest.mark.parametrize("event", [f"A{number:02}" for number in range(1, 63)] + ["Z99", "R01", ""])
def test_every_event_is_told_and_none_is_taken_for_an_emergency_arrival_that_is_not_one(
    source: Any, event: str
) -> None:
    (one,) = source.read(adt(event)).judged
    arrivals = {"A01", "A03", "A04", "A08", "A11", "A13", "A23"}
    assert (one.row["movement_code"] == "arrival") == (event in arrivals)
    assert not one.violations


def test_arrival_and_its_cancellation_are_one_cancelled_row(source: Any) -> None:
    """Even when the cancellation repeats no time at all, and within the same quarter hour."""
    (first,) = rows(source, adt("A01", control="1"))
    (second,) = rows(source, adt("A11", control="2", arrived=""))
    assert first["hospital_arrival_id"] == second["hospital_arrival_id"]
    assert (second["arrival_status_code"], second["version_rank"]) == ("cancelled", 5)
    assert (second["source_updated_at"], second["version_rank"]) > (first["source_updated_at"], first["version_rank"])


def test_leaving_and_leaving_cancelled_are_versions_of_the_arrival(source: Any) -> None:
    (left,) = rows(source, adt("A03", left="20240301140400"))
    (back,) = rows(source, adt("A13", left="20240301140400"))
    assert left["left_at"] == "2024-03-01T13:00:00Z"
    assert "left_at" not in back
    assert left["hospital_arrival_id"] == back["hospital_arrival_id"] == rows(source, adt())[0]["hospital_arrival_id"]


def test_admission_to_a_ward_does_not_take_the_emergency_arrival_away(source: Any) -> None:
    (emergency,), (ward,) = rows(source, adt("A04")), rows(source, adt("A06", of_class="I"))
    assert emergency["hospital_arrival_id"] != ward["hospital_arrival_id"]


def test_message_sent_again_is_the_same_record(source: Any) -> None:
    ids = [[header(o.message.headers, "ce_id") for o in source.outcomes(adt() + adt())] for _ in range(2)]
    assert len({*ids[0], *ids[1]}) == 1


def test_stays_are_told_apart_and_not_by_their_numbers(source: Any) -> None:
    found = rows(source, b"".join(adt(visit=str(number)) for number in range(200)))
    assert len({row["hospital_arrival_id"] for row in found}) == 200
    assert not any(f"-{number}-" in row["hospital_arrival_id"] for number, row in enumerate(found))


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("around", [(b"", b""), (b"\x0b", b"\x1c\r"), (b"\xef\xbb\xbf", b"\r\n\r\n"),
                                    (b"FHS|^~\\&\rBHS|^~\\&\r", b"BTS|1\rFTS|1\r")])  # fmt: skip
def test_framing_does_not_matter(source: Any, ending: bytes, around: tuple[bytes, bytes]) -> None:
    once = adt().replace(b"\r", ending)
    assert rows(source, around[0] + once + around[1]) == rows(source, adt())


def test_several_framed_messages_are_several_elements(source: Any) -> None:
    content = b"".join(b"\x0b" + adt(visit=str(n)) + b"\x1c\r" for n in range(3))
    assert len(rows(source, content)) == 3


@pytest.mark.parametrize("marks", ["|^~\\&", "#*~\\&", "$%!?@", "|&~\\^"])
def test_separators_are_those_the_message_declares(source: Any, marks: str) -> None:
    assert rows(source, adt(marks=marks)) == rows(source, adt())


def test_truncation_mark_of_version_2_7_is_no_separator(source: Any) -> None:
    assert rows(source, adt().replace(b"MSH|^~\\&|", b"MSH|^~\\&#|")) == rows(source, adt())


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("", "latin-1"), ("ASCII", "utf-8"), ("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("UNICODE UTF-8", "utf-8"),
     ("UNICODE", "utf-8"), ("UNICODE UTF-8~8859/1", "utf-8")],
)  # fmt: skip
def test_character_set_is_the_one_msh_names(source: Any, charset: str, encoding: str) -> None:
    content = adt(charset=charset, encoding=encoding)
    assert rows(source, content) == rows(source, adt())
    assert holds_person(everything(source, content)) == []


def test_utf_16_with_its_mark_is_read(source: Any) -> None:
    content = adt(charset="UNICODE UTF-8").decode().encode("utf-16")
    assert rows(source, content) == rows(source, adt())


def test_bytes_of_another_character_set_are_refused_without_being_shown(source: Any) -> None:
    content = adt(charset="UNICODE UTF-8", encoding="latin-1")
    assert [rule for _, _, rule, _ in source.read(content).refused] == ["unreadable"]
    assert holds_person(everything(source, content)) == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("20240301101559", "2024-03-01T09:15:00Z"),
        ("202403011015", "2024-03-01T09:15:00Z"),
        ("20240301101559.9999+0000", "2024-03-01T10:15:00Z"),
        ("20240301101559-0330", "2024-03-01T13:45:00Z"),
        ("20240331023000", "2024-03-31T01:30:00Z"),
        ("20241027023000", "2024-10-27T00:30:00Z"),
        ("20241027023000+0100", "2024-10-27T01:30:00Z"),
    ],
)
def test_times_are_utc_quarter_hours_and_local_when_they_have_no_offset(source: Any, written: str, kept: str) -> None:
    (row,) = rows(source, adt(arrived=written))
    assert (row["arrived_at"], row["time_precision_code"]) == (kept, "quarter_hour")


def test_day_and_hour_keep_their_precision(source: Any) -> None:
    (day,), (hour,) = rows(source, adt(arrived="20240301")), rows(source, adt(arrived="2024030110"))
    assert (day["arrived_at"], day["time_precision_code"]) == ("2024-02-29T23:00:00Z", "day")
    assert (hour["arrived_at"], hour["time_precision_code"]) == ("2024-03-01T09:00:00Z", "hour")


@pytest.mark.parametrize(
    "written", ["2024", "202403", "20240230101500", "20240301256100", "1709287200", "2024-03-01", "x"]
)
def test_other_times_are_refused(source: Any, written: str) -> None:
    assert hl7_time(written, source.connector.zone) is None
    assert {column for _, _, _, column in source.read(adt(arrived=written)).refused} == {"arrived_at"}


def test_no_second_leaves_not_even_in_the_original(source: Any) -> None:
    found = everything(source, adt(at="20240301101337", sent="20240301101341"))
    assert b"1337" not in found
    assert b"13:37" not in found
    assert b"13:41" not in found


def test_ccmu_and_esi_run_in_opposite_directions(source: Any) -> None:
    five = [rows(source, adt(extra=f"OBX|1|ST|{name}||5"))[0]["triage_code"] for name in ("CCMU", "75636-1^ESI^LN")]
    assert five == ["immediate", "non_urgent"]


def test_observations_other_than_triage_are_not_even_kept(source: Any) -> None:
    content = adt(extra="OBX|1|ST|8480-6^TA||3\rOBX|2|TX|NOTE||TÉMOIN Zoé")
    (row,) = rows(source, content)
    assert "triage_code" not in row
    assert b"OBX" not in everything(source, content)


@pytest.mark.parametrize("field", range(1, 50))
def test_name_in_any_field_of_pv1_leaves_nowhere(source: Any, field: int) -> None:
    lines = adt().split(b"\r")
    fields = [*lines[3].split(b"|"), *[b""] * 60]
    fields[field] = "TÉMOIN^Zoé&TEMOIN~TEMOIN".encode()
    content = b"\r".join([*lines[:3], b"|".join(fields), *lines[4:]])
    assert holds_person(everything(source, content)) == []


@pytest.mark.parametrize("field", [name for name in range(3, 20) if name != 4])
def test_name_in_any_field_of_msh_leaves_nowhere(source: Any, field: int) -> None:
    lines = adt().split(b"\r")
    fields = [*lines[0].split(b"|"), b"", b"", b""]
    fields[field - 1] = "TEMOIN^TEMOIN&Zoé".encode()
    assert holds_person(everything(source, b"\r".join([b"|".join(fields), *lines[1:]]))) == []


def test_nothing_of_a_person_leaves_a_damaged_message(source: Any) -> None:
    """Two thousand broken, cut, shuffled and mixed payloads."""
    whole = adt(extra="NTE|1||TÉMOIN Zoé, 0600000001") + adt("A08", encoding="latin-1", charset="8859/1")
    for damaged in mutated(whole, Random(7), 2_000):
        assert holds_person(everything(source, damaged)) == []
    for length in range(0, len(whole), 3):
        assert holds_person(everything(source, whole[:length])) == []


def test_spool_and_log_hold_no_person(source: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    spool = Spool(tmp_path / "spool")
    for content in (adt(), adt(arrived="TEMOIN"), adt()[:150], adt(encoding="latin-1"), b"TEMOIN"):
        for outcome in source.outcomes(content):
            spool.append(outcome.message)
    spool.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(written) > 2_000
    assert holds_person(written + caplog.text.encode()) == []


def test_escapes_are_undone() -> None:
    content = rb"MSH|^~\&|A\T\B|C\S\D \F\ \R\ \E\ \X0D41\ x\.br\y \H\z\N\ end\|".replace(b"|", b"|")
    (message,) = Hl7v2Format().decode(content)
    assert message.value["MSH"][0]["3"] == [{"1": "A&B"}]
    assert message.value["MSH"][0]["4"] == [{"1": "C^D | ~ \\ \rA x\ny z end\\"}]


def test_kept_message_reads_again_and_repetitions_and_subcomponents_are_told_apart() -> None:
    (message,) = Hl7v2Format().decode(b'MSH|^~\\&|X\rPID|||1^^^A&B~2||""|\r')
    assert message.value["PID"] == [{"3": [{"1": "1", "4": {"1": "A", "2": "B"}}, {"1": "2"}]}]
    assert Hl7v2Format().reread(message.raw.decode()).value == message.value
