"""Parquet files, read in batches and within limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, refused
from connectors.sdk.formats.archive import MAX_UNPACKED_BYTES
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat
from connectors.sdk.formats.protobuf import Undecoded

MAX_ROWS = 10_000_000
_BATCH = 2_000
_THRIFT_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True)
class ParquetFormat(Format):
    """One file; an element maps column name to value, ``raw`` is JSON text of the row.

    ``columns`` are required: when the file lacks one, one element is refused, rule ``shape``; other columns are kept.
    Values are JSON: instants with a zone as ISO 8601 in UTC, without one as wall-clock text, days as text, lengths of
    time in seconds, decimals as text, bytes as hexadecimal digits, NaN and infinities as text for the contract to
    refuse. What the footer promises is judged before anything is unpacked, and what comes out while unpacking.
    """

    columns: tuple[str, ...] = ()
    max_rows: int = MAX_ROWS
    max_bytes: int = MAX_UNPACKED_BYTES
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every row, in order."""
        try:
            yield from self._rows(content)
        except Exception as error:  # a damaged file makes the library raise whatever its parts raise
            shown = content[:60].hex(" ")
            message = f"Not a readable Parquet file: {type(error).__name__}: {str(error)[:200]}. Bytes: {shown}"
            yield refused("unreadable", content, message, value=shown)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)

    def _rows(self, content: bytes) -> Iterator[Decoded]:
        source = pa.BufferReader(content)
        limits = {"thrift_string_size_limit": _THRIFT_LIMIT, "thrift_container_size_limit": _THRIFT_LIMIT}
        schema = pq.read_schema(pa.BufferReader(content))
        texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
        file = pq.ParquetFile(source, read_dictionary=texts, **limits)
        fault = self._fault(file.metadata, schema.names)
        if fault is not None:
            yield refused(fault[0], content, fault[1], column=fault[2])
            return
        total = 0
        for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
            for values in zip(*(_values(column) for column in batch.columns), strict=True):
                element = self._judged(dict(zip(schema.names, values, strict=True)))
                total += len(element.raw)
                if total > self.max_bytes:
                    message = f"The rows have more than {total} bytes as JSON; allowed are {self.max_bytes}."
                    yield refused("too_large", content, message, value=str(total))
                    return
                yield element

    def _fault(self, footer: Any, names: list[str]) -> tuple[str, str, str] | None:
        """Rule, message and column of what is wrong with the file as a whole."""
        missing = [column for column in self.columns if column not in names]
        if missing:
            return "shape", f"The file lacks {missing[0]!r}; it has {', '.join(names)[:300]}.", missing[0]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            return "shape", f"The file names {twice!r} twice; which column is meant nobody knows.", twice
        size = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
        if footer.num_rows > self.max_rows or size > self.max_bytes:
            message = f"The file has {footer.num_rows} rows and {size} bytes unpacked; allowed are {self.max_rows} rows"
            return "too_large", f"{message} and {self.max_bytes} bytes.", ""
        return None

    def _judged(self, row: dict[str, Any]) -> Decoded:
        raw = canonical(row)
        if len(raw) > self.max_element_bytes:
            message = f"The row has {len(raw)} bytes as JSON; allowed are {self.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        for name, value in row.items():
            if isinstance(value, Undecoded):
                message = f"Column {name!r} is not UTF-8: {value[:100]!r}. Expected readable text."
                return refused("unreadable", raw, message, column=name, value=value)
        return Decoded(row, raw)


def _values(array: Any) -> list[Any]:
    """The JSON values of one column; equal texts of a dictionary are one object, so that a bomb does not unfold."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        known = _values(array.dictionary)
        return [None if index is None else known[index] for index in array.indices.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return [_text(value) for value in array.cast(pa.large_binary()).to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return list(array.to_pylist())
    if pa.types.is_timestamp(kind):
        array = array.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_duration(kind):
        array = array.cast(pa.duration("us"), safe=False)
    return [_plain(value) for value in array.to_pylist()]


def _text(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return Undecoded(value.decode("utf-8", "backslashreplace"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value
