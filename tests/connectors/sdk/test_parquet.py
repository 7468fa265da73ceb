"""Parquet files: values become JSON, and what is wrong is refused without unfolding it."""

from __future__ import annotations

import io
import json
import math
import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.sdk import Element, Payload
from connectors.sdk.conformance.mutation import MUTATION_SEED, mutated
from connectors.sdk.element import canonical
from connectors.sdk.formats.parquet import ParquetFormat

TWO = ParquetFormat(columns=("a", "b"))


def written(table: pa.Table, **settings: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **settings)
    return file.getvalue()


def split(content: bytes, declared: ParquetFormat = TWO) -> list[Element]:
    return list(declared.split(Payload(content, "file:x", datetime(2020, 1, 1, tzinfo=UTC))))


def rules(elements: list[Element]) -> list[str]:
    return ["" if not element.violations else element.violations[0].rule for element in elements]


def test_rows_come_out_in_order_over_row_groups_and_can_be_read_again() -> None:
    table = pa.table({"b": [str(number) for number in range(9_000)], "a": range(9_000), "more": [None] * 9_000})
    found = split(written(table, row_group_size=1_000, compression="zstd"))
    assert [element.value["a"] for element in found] == list(range(9_000))
    assert found[7].value == {"b": "7", "a": 7, "more": None}
    assert all(canonical(TWO.reread(TWO.text(each)).value) == canonical(each.value) for each in found[:50])


def test_values_are_json() -> None:
    moment = datetime(2025, 3, 30, 0, 59, 59, 500_000, tzinfo=UTC)
    table = pa.table({
        "zoned": pa.array([moment], pa.timestamp("ns", "Europe/Brussels")),
        "naive": pa.array([moment.replace(tzinfo=None)], pa.timestamp("ns")),
        "day": [date(2025, 3, 30)],
        "length": pa.array([timedelta(seconds=106_740)], pa.duration("ms")),
        "half": pa.array([timedelta(milliseconds=1_500)], pa.duration("ms")),
        "money": [Decimal("1.10")],
        "bytes": [b"\x00\xff"],
        "nan": [math.nan],
        "flag": [True],
        "list": [[1.5, None]],
        "struct": [{"x": "é"}],
        "dictionary": pa.array(["twice"]).dictionary_encode(),
    })  # fmt: skip
    (found,) = split(written(table), ParquetFormat())
    assert json.loads(found.raw) == found.value == {
        "zoned": "2025-03-30T00:59:59.500000Z",
        "naive": "2025-03-30T00:59:59.500000",
        "day": "2025-03-30",
        "length": 106_740,
        "half": 1.5,
        "money": "1.10",
        "bytes": "00ff",
        "nan": "nan",
        "flag": True,
        "list": [1.5, None],
        "struct": {"x": "é"},
        "dictionary": "twice",
    }  # fmt: skip


def test_a_missing_column_is_named() -> None:
    (found,) = split(written(pa.table({"a": [1], "bb": [2]})))
    assert (found.violations[0].rule, found.violations[0].column) == ("shape", "b")


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "b", "a"])
    assert rules(split(written(table))) == ["shape"]


def test_too_many_rows_are_refused_from_the_footer() -> None:
    content = written(pa.table({"a": pa.nulls(3_000_000), "b": pa.nulls(3_000_000)}))
    assert len(content) < 20_000
    assert rules(split(content, ParquetFormat(max_rows=1_000_000))) == ["too_large"]


def test_a_dictionary_bomb_costs_neither_time_nor_memory() -> None:
    """Fifty thousand rows that share one text of 100 kB would be 5 GB."""
    indices = pa.array([0] * 50_000, pa.int32())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * 100_000]))
    content = written(pa.table({"a": column, "b": column}), compression="zstd", dictionary_pagesize_limit=10**7)
    assert len(content) < 100_000
    tracemalloc.start()
    started = time.process_time()
    kept = 0
    verdict = ""
    for element in ParquetFormat(columns=("a",), max_bytes=20_000_000).decode(content):
        kept += len(element.raw)
        verdict = element.violations[0].rule if element.violations else ""
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert verdict == "too_large"
    assert kept < 21_000_000
    assert peak < 200_000_000
    assert time.process_time() - started < 2


def test_a_long_row_is_refused_alone() -> None:
    found = split(written(pa.table({"a": ["x", "y" * 300_000, "z"], "b": [1, 2, 3]})))
    assert rules(found) == ["", "too_large", ""]


@pytest.mark.parametrize("damage", ["", "PAR1", "<html></html>", "PAR1" + "x" * 100 + "PAR1"])
def test_what_is_no_parquet_is_one_refused_element(damage: str) -> None:
    assert rules(split(damage.encode())) == ["unreadable"]
    assert rules(split(written(pa.table({"a": [1], "b": [2]}))[:-3])) == ["unreadable"]


def test_a_file_without_rows_has_no_elements() -> None:
    assert split(written(pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))) == []


def test_no_damage_makes_it_raise_or_lose_an_element() -> None:
    content = written(pa.table({"a": list(range(50)), "b": ["text"] * 50, "c": [1.5] * 50}), compression="zstd")
    for damaged in mutated(content, Random(MUTATION_SEED), 1_000):
        found = split(damaged, ParquetFormat(max_rows=1_000, max_bytes=10_000_000))
        assert [element.index for element in found] == list(range(len(found)))
        assert all(element.raw for element in found if damaged)
