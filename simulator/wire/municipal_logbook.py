"""Logbook of a municipal police, under the columns, words, clock and projection that the city's profile names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pyproj import Transformer

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import Told, local, local_number, told_by

SUFFIX = ".csv"
SOURCE = "municipal_logbook"
STATES = {"open": "in_progress", "closed": "closed", "cancelled": "cancelled"}
FREE_TEXT = {"AGENT": "B000", "OBSERVATIONS": "RAS"}
SPOILT = "99/99/9999"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per state of an entry, in the encoding of the profile."""
    settings = city.simulation.city.source(SOURCE).settings
    columns: Any = settings["columns"]
    header = _header(columns)
    for row in told_by(facts, SOURCE):
        fields = {**FREE_TEXT, **_fields(city, settings, columns, row)}
        yield Message(row.told_s, _line(settings, [fields.get(name, "") for name in header]))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    settings = city.simulation.city.source(SOURCE).settings
    return _line(settings, _header(settings["columns"])) + b"".join(messages)


def _header(columns: Any) -> list[str]:
    return [*dict.fromkeys(name for told in columns.values() for name in _names(told)), *FREE_TEXT]


def _fields(city: City, settings: Mapping[str, Any], columns: Any, row: Told) -> dict[str, str]:
    fields: dict[str, str] = {}

    def put(column: str, *texts: str) -> None:
        if column in columns:
            fields.update(zip(_names(columns[column]), texts, strict=False))

    def instant(column: str, seconds: int) -> None:
        if column in columns:
            pattern, count = columns[column]["formats"][0], len(_names(columns[column]))
            put(column, *local(city, seconds).strftime(pattern).split(" ", count - 1))

    words = {code: word for word, code in settings.get("values", {}).get("status_code", {}).items()}
    put("report_id", local_number(row, city, SOURCE))
    instant("occurred_at", row.occurred_s)
    instant("received_at", row.first_told_s)
    if row.status == "closed":
        instant("closed_at", row.told_s)
    put("source_category", row.word)
    put("source_subcategory", row.second_word)
    put("status_code", words.get(STATES[row.status], ""))
    put("address", city.places.names[row.place].upper(), str(city.simulation.city.label.fr).upper())
    if row.longitude is not None:
        x, y = _projection(str(settings["crs"])).transform(row.longitude, row.latitude)
        put("longitude", f"{x:.2f}".replace(".", columns["longitude"].get("decimal", ".")))
        put("latitude", f"{y:.2f}".replace(".", columns["latitude"].get("decimal", ".")))
    if row.is_spoilt:
        fields[_names(columns["occurred_at"])[0]] = SPOILT
    return fields


def _names(told: Mapping[str, Any]) -> list[str]:
    return [told["from"]] if isinstance(told["from"], str) else list(told["from"])


def _line(settings: Mapping[str, Any], fields: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=settings.get("delimiter", ","), lineterminator="\r\n").writerow(fields)
    return text.getvalue().encode(str(settings.get("encoding", "utf-8")), "replace")


@lru_cache(maxsize=4)
def _projection(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)
