from __future__ import annotations

from pathlib import Path

import pytest

from schemas.codes import code_lists, load_codes
from schemas.contract import ColumnType, load, load_all, names
from schemas.errors import ContractError
from schemas.persons import looks_like_person
from schemas.purposes import load_purposes, read_purposes
from schemas.reader import FIELDS_FOLDER, load_fields
from tests.schemas.conftest import Write

MISTAKES = [
    ("unknown key", "version: 1.0.0", "version: 1.0.0\nverson: 2", 3, "unknown key", "did you mean `version`?"),
    ("no purpose", "purpose: urban_context\n", "", 1, "no key `purpose`", "DPIA"),
    ("unlisted purpose", "purpose: urban_context", "purpose: curiosity", 6, "`curiosity` has no line", "purposes.yaml"),
    ("no retention", "retention_days: 365\n", "", 1, "no key `retention_days`", "unlimited"),
    ("no access", "access: open\n", "", 1, "no key `access`", "who may read"),
    ("other access", "access: open", "access: public", 7, "`public`", "open, restricted, isolated"),
    ("label in one language", "label: {fr: Chose, en: Thing}", "label: {fr: Chose}", 3, "no key `en`", "add `en:`"),
    ("empty label", "label: {fr: Chose, en: Thing}", 'label: {fr: Chose, en: " "}', 3, "`en`", "a text"),
    ("label read as boolean", "{fr: Chose, en: Thing}", "{fr: Chose, en: yes}", 3, "boolean true", "in quotes"),
    ("column label in one language", "{fr: Taille, en: Size}", "{fr: Taille}", 23, "no key `en`", "add `en:`"),
    ("metric label in one language", "{fr: Choses, en: Things}", "{en: Things}", 32, "no key `fr`", "add `fr:`"),
    ("version as number", "version: 1.0.0", "version: 1.0", 2, "the number `1.0`", "a text"),
    ("short version", "version: 1.0.0", 'version: "1.0"', 2, "`1.0`", "1.0.0"),
    ("name of another file", "name: silver.thing", "name: silver.other", 1, "silver/thing.yaml", "make them agree"),
    ("unknown type", "type: double", "type: float", 21, "`float`", "double"),
    ("unknown rule", "rule: range", "rule: between", 26, "`between`", "range"),
    ("rule without bounds", "{rule: range, min: 0, max: 10}", "{rule: range}", 26, "only rule", "min or max"),
    ("rule of another type", "{rule: range, min: 0, max: 10}", "{rule: length, max: 3}", 26, "type double", "string"),
    ("unknown field", "use: place.longitude", "use: place.longitud", 18, "no field `longitud`", "`longitude`"),
    ("unknown fields file", "use: place.longitude", "use: places.longitude", 18, "no fields file `places`", "place"),
    ("column without description", "    description: {fr: Taille., en: Size.}\n", "", 20, "only name, type",
     "and description"),
    ("column twice", "use: place.latitude", "use: place.longitude", 19, "given twice", "keep one"),
    ("key of no column", "key: [thing_id]", "key: [thing]", 10, "names column `thing`", "thing_id"),
    ("key that may be null", "    required: true\n    label", "    label", 10, "may be null", "required: true"),
    ("rule of no column", "[longitude, latitude]", "[longitude, latitud]", 28, "names column `latitud`", "`latitude`?"),
    ("rule of other columns", "[longitude, latitude]", "[thing_id, latitude]", 29, "position_pair", "double"),
    ("rule of one column", "[longitude, latitude]", "[longitude]", 29, "1 items", "2 to 2"),
    ("column of a person", "name: size_m", "name: owner_phone", 20, "`phone`", "free of persons"),
    ("personal data in silver", "    unit: m\n", "    personal_data: true\n", 20, "personal data", "another layer"),
    ("unknown code list", "    unit: m\n", "    codes: sizes\n", 20, "code list `sizes`", "status"),
    ("key given twice", "write: merge", "write: merge\nwrite: append", 12, "given twice", "keep one"),
    ("no YAML", "key: [thing_id]", "key: [thing_id", 11, "not readable as YAML", "indentation"),
    ("metric of unknown codes", '    format: ",d"', "    codes: things", 30, "code list `things`", "trend"),
]


@pytest.mark.parametrize(("old", "new", "line", "found", "remedy"), [case[1:] for case in MISTAKES],
                         ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_told_with_file_line_and_remedy(
    read_with: Write, old: str, new: str, line: int, found: str, remedy: str
) -> None:
    with pytest.raises(ContractError) as caught:
        read_with(old, new)
    message = str(caught.value)
    assert found in message
    assert remedy in message
    assert caught.value.path is not None
    assert f"{caught.value.path}:{caught.value.line}: " in message
    assert (caught.value.path.name, caught.value.line) == ("thing.yaml", line)


def test_the_whole_contract_loads(read_with: Write) -> None:
    contract = read_with()
    assert contract.column_names == ("thing_id", "longitude", "latitude", "size_m", "status_code")
    assert contract.column("size_m").unit == "m"
    assert [(rule.code, rule.columns) for rule in contract.rules] == [
        ("required", ("thing_id",)), ("type", ("thing_id",)), ("length", ("thing_id",)),
        ("type", ("longitude",)), ("position_range", ("longitude",)),
        ("type", ("latitude",)), ("position_range", ("latitude",)),
        ("type", ("size_m",)), ("range", ("size_m",)),
        ("required", ("status_code",)), ("type", ("status_code",)), ("code", ("status_code",)),
        ("position_pair", ("longitude", "latitude")),
    ]
    assert contract.rules[8].line == 26


def test_an_open_table_with_personal_data_is_refused(read_with: Write) -> None:
    with pytest.raises(ContractError, match="restricted or isolated"):
        read_with("personal_data: false", "personal_data: true")


def test_a_bad_pattern_is_refused(read_with: Write) -> None:
    with pytest.raises(ContractError, match="not a regular expression"):
        read_with("    type: string\n", "    type: string\n    rules: [{rule: pattern, pattern: '('}]\n")


def test_a_platform_column_has_no_rules(read_with: Write) -> None:
    with pytest.raises(ContractError, match="filled by the platform"):
        read_with("    unit: m\n", "    origin: platform\n")


def test_a_file_that_is_not_utf8_or_not_a_mapping_is_refused(tmp_path: Path) -> None:
    from schemas.document import read_document

    path = tmp_path / "a.yaml"
    cases = [(b"\xff\xfe", "UTF-8"), (b"- a", "mapping"), (b"", "mapping"), (b"a: 2026-02-31", "quotes")]
    for content, problem in cases:
        path.write_bytes(content)
        with pytest.raises(ContractError, match=problem):
            read_document(path, ContractError)
    with pytest.raises(ContractError, match="no such file"):
        read_document(tmp_path / "none.yaml", ContractError)


def test_unknown_names_are_refused_with_what_exists() -> None:
    with pytest.raises(ContractError, match=r"no contract `silver\.nothing`.*silver\.incident_report"):
        load("silver.nothing")
    with pytest.raises(ContractError, match=r"no column `nothing`"):
        load("silver.incident_report").column("nothing")
    with pytest.raises(ContractError, match=r"no code list `nothing`"):
        load_codes("nothing")
    with pytest.raises(ContractError, match=r"not in list `status`"):
        load_codes("status")["nothing"]


def test_every_contract_of_the_design_is_there() -> None:
    assert set(names()) >= {
        "bronze.record", "silver.incident_report", "silver.unit_dispatch", "silver.weather_observation",
        "silver.trip_delay", "reference.zone", "reference.zone_part", "quality.rejected_row", "quality.batch_count",
        "quality.check_result", "gold.zone_indicator_day", "gold.response_time_day", "gold.source_health",
    }


@pytest.mark.parametrize("name", names())
def test_what_a_contract_names_exists(name: str) -> None:
    contract = load(name)
    for table in contract.inputs:
        assert table in names()
        assert load(table).access != "isolated" or contract.access == "isolated"
    for target in contract.gate.references.values():
        table, column = target.rsplit(".", 1)
        assert load(table).column(column)
    assert len({(metric.name) for metric in contract.metrics}) == len(contract.metrics)


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("silver.")])
def test_silver_ends_with_lineage(name: str) -> None:
    assert load(name).column_names[-4:] == ("source_id", "record_id", "collected_at", "row_digest")


def test_one_column_name_has_one_type_and_label_everywhere() -> None:
    # rule_code is a row rule in quality.rejected_row and an expectation of the gate in quality.check_result.
    allowed = {"rule_code", "zone_id"}
    seen: dict[str, tuple[ColumnType, str]] = {}
    for contract in load_all():
        for column in contract.columns:
            identity = (column.type, column.label.en)
            assert seen.setdefault(column.name, identity) == identity or column.name in allowed, column.name


def test_every_shared_field_is_used() -> None:
    used = {column.name for contract in load_all() for column in contract.columns}
    for path in FIELDS_FOLDER.glob("*.yaml"):
        assert set(load_fields(path.stem)) <= used


def test_every_code_list_loads_with_both_languages() -> None:
    for name in code_lists():
        codes = load_codes(name)
        assert codes.title.fr
        assert codes.title.en
        for code in codes.codes:
            assert codes.label(code.code, "fr").strip()
            assert codes.label(code.code, "en").strip()


def test_every_table_and_column_has_both_languages() -> None:
    for contract in load_all():
        labels = [contract.label, contract.description, contract.grain]
        labels += [text for column in contract.columns for text in (column.label, column.description)]
        labels += [text for metric in contract.metrics for text in (metric.label, metric.description)]
        assert all(label.fr and label.en for label in labels)


def test_an_incomplete_purpose_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "purposes.yaml"
    path.write_text("purposes:\n  a:\n    label: {fr: A, en: A}\n", encoding="utf-8")
    with pytest.raises(ContractError, match="no key `objective`"):
        read_purposes(path)
    assert all(purpose.rights.fr and purpose.legal_basis.en for purpose in load_purposes().values())


@pytest.mark.parametrize(("column", "word"), [
    ("owner_phone", "phone"), ("licence_plate", "plate"), ("first_name", "name"), ("birth_date", "birth"),
    ("template_id", None), ("zone_name", None), ("station_name", None), ("arrived_at", None), ("percentage", None),
])
def test_a_person_is_seen_in_a_column_name(column: str, word: str | None) -> None:
    assert looks_like_person(column) == word
