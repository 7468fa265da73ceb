"""The traps of the vigilance bulletins."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

WARNING = "silver.weather_warning"


@pytest.fixture
def mobile(recorded: Callable[[str], Any]) -> Any:
    """The answer for one domain."""
    return recorded("meteofrance_vigilance")


@pytest.fixture
def public(recorded: Callable[[str], Any]) -> Any:
    """The answer for the whole country."""
    return recorded("meteofrance_vigilance+public")


def of_one(mobile: Any, **changes: Any) -> list[dict[str, Any]]:
    """Warnings of the mobile answer with some names changed."""
    found: list[dict[str, Any]] = mobile.read(json.dumps({**json.loads(mobile.slice), **changes}).encode()).rows(
        WARNING
    )
    return found


def test_a_colour_lasts_until_the_next_one(mobile: Any) -> None:
    """The last one until the bulletin's end."""
    steps = [{"begin_time": 1635656400, "color_id": 1}, {"begin_time": 1635678000, "color_id": 3}]
    rows = of_one(mobile, timelaps=[{"phenomenon_id": 3, "timelaps_items": steps}])
    assert [(row["warning_level_code"], row["starts_at"], row["ends_at"]) for row in rows] == [
        ("green", "2021-10-31T05:00:00Z", "2021-10-31T11:00:00Z"),
        ("orange", "2021-10-31T11:00:00Z", "2021-11-01T05:00:00Z"),
    ]


def test_the_coast_of_a_departement_is_not_the_departement(mobile: Any, public: Any) -> None:
    """Waves on the coast warn nobody inland."""
    assert {row["area_codes"] for row in of_one(mobile, domain_id="1310")} == {"insee_dep_coast:13"}
    assert {row["area_codes"] for row in of_one(mobile, domain_id="2B10")} == {"insee_dep_coast:2B"}
    waves = [row for row in public.read(public.slice).rows(WARNING) if row["phenomenon_code"] == "coastal"]
    assert [row["area_codes"] for row in waves] == ["insee_dep_coast:13"]


@pytest.mark.parametrize(("domain", "area"), [("01", "insee_dep:01"), ("2A", "insee_dep:2A"), ("974", "insee_dep:974"),
                                              ("99", "meteofrance:99"), ("FRA", "meteofrance:FRA")])  # fmt: skip
def test_a_departement_is_told_by_its_insee_code_and_other_domains_by_theirs(
    mobile: Any, domain: str, area: str
) -> None:
    """99 is Andorra."""
    assert {row["area_codes"] for row in of_one(mobile, domain_id=domain)} == {area}


def test_a_short_answer_has_one_colour_for_the_whole_bulletin(mobile: Any) -> None:
    """The greatest colour, from the update to the end."""
    short = {
        "update_time": 1635656400,
        "end_validity_time": 1635742800,
        "domain_id": "13",
        "phenomenons_max_colors": [{"phenomenon_id": 6, "phenomenon_max_color_id": 4}],
    }
    (row,) = mobile.read(json.dumps(short).encode()).rows(WARNING)
    assert (row["phenomenon_code"], row["warning_level_code"]) == ("heat", "red")
    assert (row["starts_at"], row["ends_at"]) == ("2021-10-31T05:00:00Z", "2021-11-01T05:00:00Z")


def test_a_phenomenon_or_a_colour_that_is_not_known_is_kept_as_told(public: Any) -> None:
    """Overseas there are colours of their own."""
    rows = public.read(public.slice).rows(WARNING)
    (tenth,) = [row for row in rows if row["source_phenomenon"] == "10"]
    (fifth,) = [row for row in rows if row["source_level"] == "5"]
    assert tenth["phenomenon_code"] == "unknown"
    assert fifth["warning_level_code"] is None


def test_both_answers_tell_the_same_warning_under_one_key(mobile: Any, public: Any) -> None:
    """Seconds since 1970 and ISO 8601 are the same instant."""
    begins = {"begin_time": 1791727200, "color_id": 2}
    times = {"update_time": 1791727000, "end_validity_time": 1791756000}
    bulletin = {**json.loads(mobile.slice), **times, "timelaps": [{"phenomenon_id": 3, "timelaps_items": [begins]}]}
    (row,) = public.read(json.dumps(bulletin).encode()).rows(WARNING)
    assert row["warning_id"] in {row["warning_id"] for row in public.read(public.slice).rows(WARNING)}


def test_texts_of_the_bulletin_are_not_kept_beside_the_rows(public: Any) -> None:
    """Only what rows are made of is."""
    assert b"Untel" in public.slice
    assert all(b"Untel" not in outcome.message.value for outcome in public.outcomes(public.slice))


def test_a_phenomenon_that_is_misshapen_costs_no_other(public: Any) -> None:
    """A bulletin holds the whole country."""
    document = json.loads(public.slice)
    phenomena = document["product"]["periods"][0]["timelaps"]["domain_ids"][0]["phenomenon_items"]
    phenomena.insert(0, {"phenomenon_id": "2"})
    reading = public.read(json.dumps(document).encode())
    assert reading.accepted == public.read(public.slice).accepted
    assert [(rule, column) for _, _, rule, column in reading.refused] == [("shape", "phenomenon_max_color_id")]
