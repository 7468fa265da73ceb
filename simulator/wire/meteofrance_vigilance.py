"""Vigilance of Météo-France as its public interface tells it: the colours of today and tomorrow, twice a day.

Storms are red and heat waves orange, as in the warnings of `cap_alerts`; all else is green. Crises are no weather.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import orjson

from simulator.city import City
from simulator.day import Day, day_of
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".json"
MOST_MESSAGES = 1
BULLETINS = (6, 16)
STAMP = "%Y-%m-%dT%H:%M:%SZ"
GREEN, ORANGE, RED = 1, 3, 4
PHENOMENA = ("1", "2", "3", "4", "5", "6", "7")
COLOURS = {"storm": ("3", RED), "heat_wave": ("6", ORANGE)}
"""Number and colour of what each special is."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One bulletin in the morning and one in the afternoon."""
    tomorrow = day_of(city, facts.day.date + timedelta(days=1))
    for hour in BULLETINS:
        at = facts.day.at(hour)
        periods = [_period(city, "J", facts.day, at), _period(city, "J1", tomorrow, tomorrow.starts_s)]
        colours = [item["max_color_id"] for period in periods for item in period["timelaps"]["domain_ids"]]
        yield Message(at, orjson.dumps({"product": {
            "warning_type": "vigilance", "type_cdp": "CDP_CARTE_EXTERNE", "version_vigilance": "V6",
            "version_cdp": "1.0.0", "update_time": utc(at, STAMP), "domain_id": "FRA",
            "global_max_color_id": str(max(colours)), "periods": periods,
        }}))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The one bulletin of a file."""
    return messages[0]


def steps(day: Day, special: str, begins_s: int) -> list[tuple[int, int, bool]]:
    """Stretches of a day from an instant on, each with whether a special holds in it."""
    hours = [(day.starts_s + 3600 * hour, bool(holds)) for hour, holds in enumerate(day.holds[special])]
    found: list[tuple[int, int, bool]] = []
    for at, holds in hours:
        begins, ends = max(at, begins_s), at + 3600
        if ends <= begins_s:
            continue
        if found and found[-1][2] == holds:
            found[-1] = (found[-1][0], ends, holds)
        else:
            found.append((begins, ends, holds))
    return found


def _period(city: City, name: str, day: Day, begins_s: int) -> dict[str, Any]:
    specials = {number: (special, colour) for special, (number, colour) in COLOURS.items()}
    items: list[dict[str, Any]] = []
    for number in PHENOMENA:
        special, colour = specials.get(number, ("", GREEN))
        stretches = steps(day, special, begins_s) if special in day.holds else [(begins_s, day.ends_s, False)]
        laps: list[dict[str, Any]] = [
            {"begin_time": utc(begins, STAMP), "end_time": utc(ends, STAMP), "color_id": colour if holds else GREEN}
            for begins, ends, holds in stretches
        ]
        most = max(lap["color_id"] for lap in laps)
        items.append({"phenomenon_id": number, "phenomenon_max_color_id": most, "timelaps_items": laps})
    domain = {
        "domain_id": city.simulation["weather"]["departement"],
        "max_color_id": max(item["phenomenon_max_color_id"] for item in items), "phenomenon_items": items,
    }  # fmt: skip
    return {
        "echeance": name, "begin_validity_time": utc(begins_s, STAMP), "end_validity_time": utc(day.ends_s, STAMP),
        "timelaps": {"domain_ids": [domain]},
    }  # fmt: skip
