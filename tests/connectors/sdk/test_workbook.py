"""Workbooks: values as values, one element a row, and no archive that can harm."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock
from random import Random
from typing import Any

import pytest
from openpyxl import Workbook

from connectors.sdk.conformance.mutation import mutated
from connectors.sdk.element import Decoded, canonical
from connectors.sdk.formats import Sheet, WorkbookFormat

HEADER = ("N° MC", "Date", "Heure", "Nature", "Nature", None)
ROW = (12, datetime(2024, 3, 5), clock(14, 30), "Tapage", "nuit", None)


def book(*rows: Any, title: str = "Feuil1", further: dict[str, list[Any]] | None = None) -> Workbook:
    made = Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    for name, lines in (further or {}).items():
        sheet = made.create_sheet(name)
        for row in lines:
            sheet.append(row)
    return made


def saved(made: Workbook) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def read(content: bytes, **declared: Any) -> list[Decoded]:
    return list(WorkbookFormat(**declared).decode(content))


def rules(decoded: list[Decoded]) -> list[str]:
    return [violation.rule for one in decoded for violation in one.violations]


def with_part(content: bytes, name: str, change: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return file.getvalue()


def test_a_row_maps_titles_to_plain_values() -> None:
    (one,) = read(saved(book(HEADER, ROW)))
    assert one.value == {"N° MC": 12, "Date": "2024-03-05", "Heure": "14:30:00", "Nature": "Tapage", "Nature#2": "nuit"}
    assert json.loads(one.raw) == one.value
    assert WorkbookFormat().reread(one.raw.decode()) == one


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.5, 3.5),
        (True, True),
        (datetime(2024, 3, 5, 14, 30, 5), "2024-03-05T14:30:05"),
        (date(2024, 3, 5), "2024-03-05"),
        (timedelta(hours=30, minutes=5), "30:05:00"),
        ("007", "007"),
        ("  x ", "  x "),
    ],
)
def test_values_keep_their_kind(value: object, expected: object) -> None:
    (one,) = read(saved(book(("a", "b"), (value, 1))))
    assert one.value == {"a": expected, "b": 1}


def test_titles_may_stand_below_a_heading_and_empty_rows_are_none() -> None:
    (one,) = read(saved(book(("Main courante 2024",), (), HEADER, (), ROW, (None, None))), header_row=3)
    assert one.value["N° MC"] == 12


def test_a_value_under_no_title_is_kept_under_its_letter() -> None:
    (one,) = read(saved(book(("a", None, None), (1, None, "note"))))
    assert one.value == {"a": 1, "(C)": "note"}


def test_a_missing_column_refuses_every_row_and_a_new_one_is_kept() -> None:
    content = saved(book(("a", "new"), (1, 2), (3, 4)))
    refused = read(content, columns=("a", "b"))
    assert [(v.rule, v.column) for one in refused for v in one.violations] == [("shape", "b"), ("shape", "b")]
    assert [one.value for one in read(content, columns=("a",))] == [{"a": 1, "new": 2}, {"a": 3, "new": 4}]


def test_the_first_visible_sheet_is_read_unless_one_is_named() -> None:
    made = book(("a",), (1,), title="secret", further={"open": [("a",), (2,)]})
    made["secret"].sheet_state = "hidden"
    assert [one.value for one in read(saved(made))] == [{"a": 2}]
    assert [one.value for one in read(saved(made), sheet="secret")] == [{"a": 1}]
    (refused,) = read(saved(made), sheet="Feuil9")
    assert "secret (hidden), open" in refused.violations[0].message


def test_a_sheet_without_titles_is_refused_and_not_read_as_empty() -> None:
    assert rules(read(saved(book()))) == ["shape"]
    assert rules(read(saved(book(("a",), (1,))), header_row=9)) == ["shape"]


def test_a_formula_gives_the_value_stored_with_it_and_no_other() -> None:
    content = saved(book(("a", "b"), ("=1+1", "x")))
    assert [one.value for one in read(content)] == [{"a": None, "b": "x"}]
    kept = with_part(content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v />", b"<v>2</v>"))
    assert [one.value for one in read(kept)] == [{"a": 2, "b": "x"}]


def test_an_error_value_costs_its_row_alone() -> None:
    first, second = read(saved(book(("a",), ("#REF!",), (1,))))
    assert [(v.rule, v.column, v.value) for v in first.violations] == [("unreadable", "a", "#REF!")]
    assert second.value == {"a": 1}


def test_a_huge_cell_costs_its_row_alone() -> None:
    first, second = read(saved(book(("a",), ("x" * 30_000,), (1,))), max_element_bytes=10_000)
    assert rules([first]) == ["too_large"]
    assert second.value == {"a": 1}


def test_a_forged_size_pads_no_row() -> None:
    content = with_part(
        saved(book(("a",), (1,))),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"'),
    )
    assert [one.value for one in read(content)] == [{"a": 1}]


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * 64 * 1024 * 1024)
    started = time.process_time()
    (one,) = read(file.getvalue())
    assert [violation.rule for violation in one.violations] == ["too_large"]
    assert time.process_time() - started < 1


def test_a_part_longer_than_it_declares_is_not_believed() -> None:
    content = bytearray(saved(book(("a",), *((number,) for number in range(2_000)))))
    at = content.rfind(b"xl/worksheets/sheet1.xml") - 46  # its entry in the directory
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert set(rules(read(bytes(content)))) == {"unreadable"}


@pytest.mark.parametrize("content", [b"", b"PK", b"a;b\n1;2\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600])
def test_what_is_no_workbook_is_one_refused_element(content: bytes) -> None:
    (one,) = read(content)
    assert rules([one]) == ["unreadable"]
    assert one.raw


def test_entities_are_never_expanded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>'
    content = with_part(
        saved(book(("a",), (1,))), "xl/workbook.xml", lambda xml: bomb + xml[xml.index(b"<workbook") :]
    )
    assert rules(read(content)) == ["unreadable"]


def test_a_sheet_that_breaks_off_keeps_what_came_before() -> None:
    content = with_part(
        saved(book(("a",), (1,), (2,), (3,))), "xl/worksheets/sheet1.xml", lambda xml: xml[: xml.index(b'r="4"')]
    )
    *found, last = read(content)
    assert [one.value for one in found] == [{"a": 1}, {"a": 2}]
    assert rules([last]) == ["unreadable"]


def cells(sheet: Sheet) -> Iterator[dict[str, object]]:
    for row in sheet.rows:
        for value in row:
            yield {"sheet": sheet.title, "hidden": sheet.is_hidden, "value": value}


def test_a_matrix_is_cut_by_a_function_of_its_sheets() -> None:
    made = book((1, 2), title="one", further={"two": [("#N/A",)]})
    made["two"].sheet_state = "veryHidden"
    first, second, broken = read(saved(made), elements=cells)
    assert first.value == {"sheet": "one", "hidden": False, "value": 1}
    assert second.value == {"sheet": "one", "hidden": False, "value": 2}
    assert rules([broken]) == ["unreadable"]


def test_a_workbook_in_which_the_function_finds_nothing_is_refused() -> None:
    assert rules(read(saved(book((1,))), elements=lambda sheet: ())) == ["shape"]


def test_damaged_workbooks_never_raise() -> None:
    content = saved(book(HEADER, *([ROW] * 20)))
    for damaged in mutated(content, Random(5), 300):
        assert all(canonical(one.value) and one.raw for one in read(damaged))


def test_twenty_thousand_rows_are_read_whole() -> None:
    content = saved(book(tuple(f"c{index}" for index in range(12)), *([tuple(range(12))] * 20_000)))
    assert len(read(content)) == 20_000
