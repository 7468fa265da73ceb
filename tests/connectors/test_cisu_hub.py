"""The messages of the French emergency hub: both writings agree, nothing is lost, nobody is named."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk import registry
from connectors.sdk.accounting import Outcome
from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import Payload, canonical
from connectors.sdk.formats.cisu_schema import schema_of
from connectors.sdk.judge import outcomes
from schemas.check import Violation
from schemas.city import load_city

OFFICIAL = Path(__file__).parents[1] / "fixtures" / "cisu"
SOURCES = ("cisu_rc_eda", "cisu_rs_eda", "cisu_emsi", "cisu_rc_ri", "cisu_geo_pos")
READ_BY = {
    "RC-EDA": "cisu_rc_eda",
    "RS-EDA": "cisu_rs_eda",
    "RS-EDA-MAJ": "cisu_rs_eda",
    "EMSI": "cisu_emsi",
    "RC-RI": "cisu_rc_ri",
    "RS-RI": "cisu_rc_ri",
    "RS-SR": "cisu_rc_ri",
    "GEO-POS": "cisu_geo_pos",
}
EXAMPLES = sorted(path for path in (OFFICIAL / "examples").glob("*/*") if path.suffix in (".json", ".xml"))
READ = [path for path in EXAMPLES if path.parent.name in READ_BY and path.suffix == ".json"]
FAILING = sorted((OFFICIAL / "failing" / "EDXL-DE").glob("*.json"))
NAME, PHONE = "Zoé Legrand", "+33612345678"
MARSEILLE = {"lat": 43.2965, "lon": 5.3698}


def source(name: str) -> SourceConnector:
    city = load_city("marseille")
    return registry.load(name)(city.source(name), city)


def told(name: str, content: bytes | dict[str, Any]) -> list[Outcome]:
    """Everything one message gives."""
    raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return list(outcomes(source(name), Payload(raw, "amqp://hub/queue", datetime(2026, 7, 15, tzinfo=UTC))))


def reasons(found: list[Outcome]) -> list[tuple[str, str]]:
    return [(violation.rule, violation.column) for outcome in found for violation in outcome.violations]


def example(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OFFICIAL / path).read_text("utf-8"))
    return found


def enveloped(message: dict[str, Any], **facts: str) -> dict[str, Any]:
    """The message in an envelope with its header."""
    envelope = example("valid/RC-EDA/RC-EDA.json")
    envelope.update(facts)
    inner = envelope["content"][0]["jsonContent"]["embeddedJsonContent"]
    header = {k: v for k, v in inner["message"].items() if k != "createCase"}
    header["kind"], header["status"] = envelope["distributionKind"], envelope["distributionStatus"]
    inner["message"] = {**header, **message}
    return envelope


def case_in_marseille(**facts: str) -> dict[str, Any]:
    message = {"createCase": example("valid/RC-EDA/RC-EDA.json")["content"][0]["jsonContent"]["embeddedJsonContent"]}
    case = message["createCase"]["message"]["createCase"]
    case["location"]["geometry"]["point"]["coord"].update(MARSEILLE)
    return enveloped({"createCase": case}, **facts)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_official_example_is_told_once_by_every_source(name: str, path: Path) -> None:
    """132 messages: none crashes, and every element is accepted or refused with a reason."""
    connector = source(name)
    payload = Payload(path.read_bytes(), "amqp://hub/queue", datetime(2026, 7, 15, tzinfo=UTC))
    elements = list(connector.split(payload))
    found = list(outcomes(connector, payload))
    assert elements
    assert [index for index, _ in groupby(one.element.index for one in found)] == [one.index for one in elements]
    assert len(found) == len({(one.element.index, one.contract) for one in found})
    assert all(outcome.is_accepted != bool(outcome.violations) for outcome in found)
    if READ_BY.get(path.parent.name) != name:
        assert {rule for rule, _ in reasons(found)} == {"shape"}


def test_there_are_as_many_examples_as_were_published() -> None:
    assert len(EXAMPLES) == 132


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_both_writings_of_a_message_give_identical_rows(path: Path) -> None:
    name = READ_BY[path.parent.name]
    json_told, xml_told = told(name, path.read_bytes()), told(name, path.with_suffix(".xml").read_bytes())
    assert [one.row for one in json_told] == [one.row for one in xml_told]
    assert [canonical(one.element.value) for one in json_told] == [canonical(one.element.value) for one in xml_told]
    assert reasons(json_told) == reasons(xml_told)


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_an_envelope_changes_nothing_but_what_it_says(path: Path) -> None:
    name = READ_BY[path.parent.name]
    own = {"source_updated_at", "is_exercise"}
    bare, wrapped = told(name, path.read_bytes()), told(name, enveloped(json.loads(path.read_text("utf-8"))))
    assert reasons(bare) == reasons(wrapped)
    for one, other in zip(bare, wrapped, strict=True):
        assert {k: v for k, v in (one.row or {}).items() if k not in own} == {
            k: v for k, v in (other.row or {}).items() if k not in own
        }


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.name)
@pytest.mark.parametrize("name", SOURCES)
def test_official_failing_message_is_refused_on_the_fields_the_hub_names(path: Path, name: str) -> None:
    """Field for field what stands in the `.errors` file beside it, with a rule for each reason."""
    rules = {
        "is missing but it is required": "required",
        "is not defined in the schema and the schema does not allow additional properties": "shape",
    }
    expected = set()
    for line in path.with_name(path.name + ".errors").read_text("utf-8").splitlines():
        field = re.fullmatch(r" - ([^:]+): (.*?) *", line)
        if field:
            expected.add((rules[field[2]], field[1]))
        elif "Could not detect any schemas" in line or line.startswith("embeddedJsonContent:"):
            expected.add(("shape", "embeddedJsonContent"))
    found = told(name, path.read_bytes())
    assert not any(outcome.is_accepted for outcome in found)
    assert set(reasons(found)) == expected


def test_message_that_fits_two_schemas_says_how_many_are_valid() -> None:
    (found,) = told(
        "cisu_emsi", (OFFICIAL / "failing/EDXL-DE/too-many-schemas-and-errors-in-content.json").read_bytes()
    )
    assert "but 2 are valid" in found.violations[-1].message


def test_an_exercise_is_flagged_and_a_real_message_is_not() -> None:
    (real,), (exercise,) = (
        told("cisu_rc_eda", case_in_marseille()),
        told("cisu_rc_eda", case_in_marseille(distributionStatus="Exercise")),
    )
    assert real.row is not None
    assert exercise.row is not None
    assert (real.row["is_exercise"], exercise.row["is_exercise"]) == (False, True)
    assert exercise.is_accepted


def test_a_cancelled_case_is_the_same_report_closed_by_its_newest_message() -> None:
    (first,) = told("cisu_rc_eda", case_in_marseille())
    (cancel,) = told(
        "cisu_rc_eda", case_in_marseille(distributionKind="Cancel", dateTimeSent="2024-07-25T10:04:34+01:00")
    )
    assert first.row is not None
    assert cancel.row is not None
    assert cancel.row["report_id"] == first.row["report_id"]
    assert cancel.row["status_code"] == "cancelled"
    assert str(cancel.row["source_updated_at"]) > str(first.row["source_updated_at"])


def test_a_cancelled_stage_is_the_same_stage_taken_back_by_its_newest_message() -> None:
    message = example("examples/RC-RI/RC-RI_Incendie_RaymondeLECCIA.04.json")
    first = told("cisu_rc_ri", enveloped(message))
    cancel = told("cisu_rc_ri", enveloped(message, distributionKind="Cancel", dateTimeSent="2026-07-25T10:04:34+01:00"))
    kept, taken = ([one.row for one in found if one.contract == "silver.dispatch_stage"] for found in (first, cancel))
    assert kept
    for before, after in zip(kept, taken, strict=True):
        assert before is not None
        assert after is not None
        assert before["dispatch_stage_id"] == after["dispatch_stage_id"]
        assert (before["is_withdrawn"], after["is_withdrawn"]) == (False, True)
        assert str(after["source_updated_at"]) > str(before["source_updated_at"])


@pytest.mark.parametrize("kind", ["Ack", "Error"])
def test_an_answer_is_counted_and_changes_no_row(kind: str) -> None:
    (found,) = told("cisu_rc_eda", case_in_marseille(distributionKind=kind))
    assert reasons([found]) == [("shape", "distributionKind")]


def test_fire_and_health_tell_one_report() -> None:
    """RC-EDA, RS-EDA and EMSI meet in the shared identifier of the case."""
    rs = example("examples/RS-EDA/RS-EDA_partageDossier_MonsieurX.01.json")
    rs["createCaseHealth"]["caseId"] = "fr.health.samu690.DRFR15690240430050"
    emsi = told("cisu_emsi", (OFFICIAL / "examples/EMSI/EMSI-OPG-message.json").read_bytes())
    rows = [told("cisu_rc_eda", case_in_marseille())[0].row, told("cisu_rs_eda", rs)[0].row, *(one.row for one in emsi)]
    assert {row["report_id"] for row in rows if row} == {"cisu:fr.health.samu690.DRFR15690240430050"}


def test_an_update_never_erases_when_and_where_its_case_began() -> None:
    """It is refused, and its dead letter keeps what it says of the case, to be replayed once updates can be merged."""
    path = OFFICIAL / "examples/RS-EDA-MAJ/RS-EDA-MAJ_Incendie_RaymondeLECCIA.07.json"
    (found,) = told("cisu_rs_eda", path.read_bytes())
    assert reasons([found]) == [("required", "occurred_at")]
    again = source("cisu_rs_eda").reread(found.message.value.decode())
    assert again.value["message"]["qualification"]["details"] == {"status": "CLOTURE", "priority": "P0"}


def test_a_home_with_a_patient_is_not_told_to_the_metre() -> None:
    sent = case_in_marseille()
    message = sent["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]
    message["createCase"]["location"]["geometry"]["point"]["coord"].update(lat=43.29651234, lon=5.36987654)
    (found,) = told("cisu_rc_eda", sent)
    assert found.row is not None
    assert (found.row["latitude"], found.row["longitude"]) == (43.297, 5.37)
    assert b"43.2965" not in found.message.value


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the text fields of a document are."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))
    elif isinstance(value, str):
        yield path


def planted(document: dict[str, Any], path: tuple[str | int, ...], text: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = text
    return changed


def everything(found: list[Outcome]) -> str:
    """Every byte that leaves the connector: key, value and headers of rows and dead letters."""
    parts = [
        part
        for one in found
        for part in (one.message.key, one.message.value, *(value for _, value in one.message.headers))
    ]
    return b"\n".join(parts).decode("utf-8", "replace") + str([one.violations for one in found])


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_a_name_or_telephone_number_in_any_field_leaves_in_no_message(path: Path) -> None:
    """Rows, the text kept beside them, dead letters and their headers: planted one field at a time, and all at once."""
    name, document = READ_BY[path.parent.name], enveloped(json.loads(path.read_text("utf-8")))
    fields = list(places(document))
    assert len(fields) > 10
    for field in fields:
        for text in (NAME, PHONE):
            leaving = everything(told(name, planted(document, field, text)))
            assert "Legrand" not in leaving, field
            assert "612345678" not in leaving, field
    for field in fields:
        document = planted(document, field, f"{NAME} {PHONE}")
    leaving = everything(told(name, document))
    assert "Legrand" not in leaving
    assert "612345678" not in leaving


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_what_an_example_says_of_people_leaves_in_no_message(path: Path) -> None:
    """Names, numbers, addresses and notes of the official messages, in both writings."""
    name = READ_BY[path.parent.name]
    text = path.read_text("utf-8")
    personal = re.findall(r'"(?:lastName|firstName|birthName|phoneNumber|birthDate|age)": "([^"]{4,})"', text)
    written = r'"(?:complete|detail|details|freetext|FREETEXT|label|name|NAME|medicalHistory|treatment)": "([^"]{4,})"'
    personal += [one for one in re.findall(written, text) if " " in one or "+" in one]
    for writing in (path, path.with_suffix(".xml")):
        leaving = everything(told(name, writing.read_bytes()))
        assert [one for one in personal if one in leaving] == []


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-40], lambda raw: raw.replace(b"{", b"{{", 1), lambda raw: b"<" + raw]
)
def test_an_unreadable_message_leaves_its_length_and_digest_alone(damage: Any) -> None:
    raw = damage((OFFICIAL / "examples/RC-EDA/RC-EDA_Incendie_RaymondeLECCIA.01.json").read_bytes())
    (found,) = told("cisu_rc_eda", raw)
    assert found.violations[0].rule == "unreadable"
    leaving = everything([found])
    assert not [name for name in ("LECCIA", "Michel", "608310965", "république") if name in leaving]
    assert str(len(raw)) in leaving


def test_a_message_refused_before_it_was_read_leaves_its_length_and_digest_alone() -> None:
    """Over the transport's limit, for instance: its beginning holds names too."""
    raw = (OFFICIAL / "examples/RC-EDA/RC-EDA_Incendie_RaymondeLECCIA.01.json").read_bytes()
    over = Violation(rule="too_large", column="", value=str(len(raw)), message="The payload is over the limit.")
    payload = Payload(raw, "amqp://hub/queue", datetime(2026, 7, 15, tzinfo=UTC), refusal=over)
    leaving = everything(list(outcomes(source("cisu_rc_eda"), payload)))
    assert "LECCIA" not in leaving
    assert f'"bytes":{len(raw)}' in leaving


def test_a_refused_message_stays_refused_when_its_kept_text_is_replayed() -> None:
    """The rest of it was never kept, so it cannot be judged again."""
    connector = source("cisu_rc_eda")
    sent = case_in_marseille()
    sent["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["createCase"]["surprise"] = "x"
    (found,) = told("cisu_rc_eda", sent)
    again = connector.reread(found.message.value.decode())
    assert [(v.rule, v.column) for v in again.violations] == reasons([found])


def test_a_long_identifier_is_judged_at_once() -> None:
    """The published pattern of `caseId` would take hours for this text."""
    sent = case_in_marseille()
    sent["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]["createCase"]["caseId"] = "a" * 5_000 + "!"
    started = time.process_time()
    assert reasons(told("cisu_rc_eda", sent)) == [("pattern", "createCase.caseId")]
    assert time.process_time() - started < 5


def test_the_quick_pattern_of_a_case_accepts_what_the_published_one_does() -> None:
    published = re.compile(r"^([a-zA-Z0-9_-]+\.?){4,10}$")
    quick = re.compile(schema_of("RC-EDA")["properties"]["caseId"]["pattern"])
    for text in (
        "fr.health.samu690.D",
        "a",
        "abc",
        "abcd",
        "a.b.c.d.",
        ".abcd",
        "a..bcd",
        "a.b.c.d.e.f.g.h.i.j",
        "é.b.c.d",
    ):
        assert bool(published.search(text)) == bool(quick.search(text)), text
    assert not quick.search("a.b.c.d.e.f.g.h.i.j.k")


@pytest.mark.parametrize("name", ["cisu_rc_eda", "cisu_rs_eda", "cisu_emsi"])
def test_every_category_of_the_examples_is_mapped(name: str) -> None:
    settings = load_city("marseille").source(name)
    found = {
        (str(one.row["source_category"]), one.row.get("source_subcategory"))
        for path in READ
        if READ_BY[path.parent.name] == name
        for one in told(name, path.read_bytes())
        if one.row and one.row.get("source_category")
    }
    day = datetime(2026, 1, 1, tzinfo=UTC).date()
    assert found
    assert [pair for pair in found if settings.category(pair[0], pair[1] and str(pair[1]), day) is None] == []


@pytest.mark.parametrize("content", [b"<html><body>502</body></html>", b'{"fault": "Legrand"}'])
def test_a_document_of_another_kind_is_told_in_one_sentence(content: bytes) -> None:
    assert reasons(told("cisu_geo_pos", content)) == [("shape", "")]


def test_xml_says_its_encoding() -> None:
    text = (OFFICIAL.parent / "connectors" / "cisu_geo_pos+xml" / "payload.xml").read_text("utf-8")
    content = re.sub(r"<\?xml.*?\?>", '<?xml version="1.0" encoding="UTF-16"?>', text).encode("utf-16")
    assert reasons(told("cisu_geo_pos", content)) == []
