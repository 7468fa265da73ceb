"""The page that tells how reports become an incident says what fusion does today."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from vigie.catalogue.told_case import Case, case
from vigie.catalogue.told_map import drawn
from vigie.catalogue.told_page import PAGE, PICTURE, filled

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told() -> Case:
    return case()


def test_the_page_is_what_fusion_gives_today(told: Case) -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert filled(page, told) == page, "run `vigie docs build`"


def test_the_picture_is_of_that_case(told: Case) -> None:
    text = drawn(told)
    assert (ROOT / PICTURE).read_text(encoding="utf-8") == text, "run `vigie docs build`"
    numbers = [node.text for node in ElementTree.fromstring(text).iter() if node.tag.endswith("text")]
    assert numbers == [*(str(row["number"]) for row in told.reports), *("✕" for _ in told.rivals), "100 m"]


def test_what_is_kept_follows_the_rules_of_the_page(told: Case) -> None:
    founder = min(told.reports, key=lambda row: (row["received_at"], row["report_id"]))
    assert told.incident["incident_id"] == f"incident:{founder['report_id']}"
    weights = [1 / row["location_precision_m"] ** 2 for row in told.reports]
    for axis in ("longitude", "latitude"):
        mean = sum(w * row[axis] for w, row in zip(weights, told.reports, strict=True)) / sum(weights)
        assert told.incident[axis] == pytest.approx(mean, abs=1e-9)
    assert told.incident["occurred_at"] == min(row["occurred_at"] for row in told.reports)
    ratios = {row["number"]: [] for row in told.reports}
    for link in told.links:
        for end in ("first", "second"):
            ratios[link[end]].append(link["link_ratio"])
    assert told.incident["confidence_ratio"] == pytest.approx(min(max(found) for found in ratios.values()))


def test_the_simulator_agrees_with_the_case(told: Case) -> None:
    (event,) = {row["event"] for row in told.reports}
    assert told.rivals
    assert all(row["event"] != event for row in told.rivals)
    assert 0 <= told.mixed_count < told.fused_count / 2


def test_a_page_without_a_place_for_a_part_is_refused(told: Case) -> None:
    with pytest.raises(LookupError, match="lacks <!-- made fr: begin -->"):
        filled("# Page", told)
