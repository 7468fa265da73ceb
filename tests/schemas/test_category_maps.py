"""Every category found in the recorded files has a line in its map."""

from __future__ import annotations

import csv
import gzip
from datetime import date

import pytest

from schemas.city import load_city


@pytest.mark.parametrize(("connector", "category", "subcategory", "distinct"), [
    ("datasf_police_incidents", "category", "descript", 35),
    ("datasf_fire_calls", "call_type", None, 25),
    ("datasf_311_requests", "category", "complaint_type", 57),
])
def test_every_recorded_category_is_mapped(
    connector: str, category: str, subcategory: str | None, distinct: int
) -> None:
    source = load_city("san_francisco").source(connector)
    with gzip.open(source.recordings[0], "rt", encoding="utf-8-sig", newline="") as lines:
        found = {(row[category], row[subcategory] if subcategory else None) for row in csv.DictReader(lines)}
    assert len({code for code, _ in found}) == distinct
    unmapped = [pair for pair in found if source.category(*pair, date(2008, 1, 1)) is None]
    assert unmapped == []


@pytest.mark.parametrize("connector", ["datasf_police_incidents", "datasf_fire_calls", "datasf_311_requests"])
def test_every_line_of_a_map_is_met_in_the_recording(connector: str) -> None:
    columns = {"datasf_police_incidents": ("category", "descript"), "datasf_fire_calls": ("call_type", "call_type"),
               "datasf_311_requests": ("category", "complaint_type")}[connector]
    source = load_city("san_francisco").source(connector)
    with gzip.open(source.recordings[0], "rt", encoding="utf-8-sig", newline="") as lines:
        rows = [(row[columns[0]], row[columns[1]]) for row in csv.DictReader(lines)]
    codes, pairs = {code for code, _ in rows}, set(rows)
    for line in source.category_map:
        assert line.source_code in codes
        if line.source_subcategory is not None:
            assert (line.source_code, line.source_subcategory) in pairs
