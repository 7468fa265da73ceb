"""Incidents of the small lake that fingers can count: told once to five times, one cancelled, one without a place.

The links of an incident join each report to the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
CITY = "bay"
SOURCES = ("bay_police", "bay_fire", "bay_buttons", "bay_requests", "bay_roads")
NAMES = ("Police de la baie", "Pompiers de la baie", "Boutons", "Demandes", "Routes")
SIZES = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 5, 1)
"""Reports of each incident; the first is cancelled, the last has no place."""
STRENGTHS = (0.99, 0.75, 0.9, 0.6)
KINDS = (("theft", "vehicle_theft"), ("nuisance", "dispute_or_brawl"), ("rescue", "fire"), ("road", "collision"))
LAST_HOUR = datetime(2011, 3, 2, 7, 30, tzinfo=UTC)
"""Half past eleven on the first of March for readers of the bay."""


def incidents(zones: Sequence[tuple[str, str]]) -> dict[str, list[Row]]:
    """The three tables of fused incidents, and the reports they are made of with an exercise beside them."""
    tables: dict[str, list[Row]] = {"gold.incident": [], "gold.incident_report": [], "gold.incident_link": []}
    for number, size in enumerate(SIZES):
        _tell(tables, number, size, zones[number % len(zones)])
    told = [row | {"received_at": row["occurred_at"], "is_exercise": False} for row in tables["gold.incident_report"]]
    exercise = told[0] | {"report_id": "bay_fire:exercise", "is_exercise": True}
    return tables | {"silver.incident_report": [*told, exercise]}


def report_id(number: int, place: int) -> str:
    """Identifier of one report of an incident."""
    return f"{SOURCES[place]}:{number:03d}"


def _tell(tables: dict[str, list[Row]], number: int, size: int, zone: tuple[str, str]) -> None:
    theme, category = KINDS[number % len(KINDS)]
    is_placed = number < len(SIZES) - 1
    at = LAST_HOUR + timedelta(hours=number)
    told = {
        "city_id": CITY, "incident_id": f"incident:{report_id(number, 0)}", "category_code": category,
        "status_code": "cancelled" if number == 0 else "closed",
        "longitude": -122.46 + 0.005 * number if is_placed else None,
        "latitude": 37.74 + 0.003 * number if is_placed else None,
        "location_precision_m": 20.0 + size if is_placed else None,
    }  # fmt: skip
    strengths = STRENGTHS[: size - 1]
    strongest = [max([*strengths[max(k - 1, 0) : k], *strengths[k : k + 1]], default=None) for k in range(size)]
    tables["gold.incident"].append(told | {
        "occurred_at": at, "last_told_at": at + timedelta(minutes=size),
        "occurred_date": (at - timedelta(hours=8)).date(),
        "zone_id": zone[0] if is_placed else "unlocated", "zone_name": zone[1] if is_placed else "unlocated",
        "theme_code": theme, "severity_code": "moderate", "report_count": size, "source_count": size,
        "told_by": " + ".join(NAMES[:size]), "is_restricted": size == 5,
        "confidence_ratio": min((each for each in strongest if each), default=1.0),
    })  # fmt: skip
    for place in range(size):
        tables["gold.incident_report"].append(told | {
            "report_id": report_id(number, place), "is_founder": place == 0,
            "source_id": f"urn:vigie:{CITY}:{SOURCES[place]}", "occurred_at": at + timedelta(minutes=place),
            "report_offset_m": 10.0 * place if is_placed else None, "report_link_ratio": strongest[place],
        })  # fmt: skip
    for place, strength in enumerate(strengths):
        tables["gold.incident_link"].append({
            "city_id": CITY, "incident_id": told["incident_id"],
            "first_report_id": report_id(number, place), "second_report_id": report_id(number, place + 1),
            "first_source_id": f"urn:vigie:{CITY}:{SOURCES[place]}",
            "second_source_id": f"urn:vigie:{CITY}:{SOURCES[place + 1]}",
            "distance_m": 10.0, "lag_seconds": 60.0, "is_same_category": True, "link_ratio": strength,
            "is_decided": strength == 0.6, "reason_fr": f"10 m, 1 min, même catégorie : {strength:.2f}",
            "reason_en": f"10 m, 1 min, same category: {strength:.2f}",
        })  # fmt: skip
