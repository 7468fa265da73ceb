"""A road survey as GeoJSON, under the properties that the city's profile names: grade and damage of streets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.roads import HOURS, Finding, campaign, findings
from simulator.wire import Message
from simulator.wire._mapped import Fields

SUFFIX = ".geojson"
SOURCE = "road_survey"
FREE_TEXT = {"remarque": "SIMULE", "operateur": "SIMULE"}
LATE_S = 3600


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One feature per finding, handed over in the evening."""
    for one in findings(city, facts):
        yield Message(facts.day.at(HOURS[1]) + LATE_S, orjson.dumps({
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [one.longitude, one.latitude]},
            "properties": {**_properties(city, facts, one), **FREE_TEXT},
        }))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """A collection of features."""
    return b'{"type":"FeatureCollection","features":[' + b",\n".join(messages) + b"]}\n"


def _properties(city: City, facts: DayFacts, one: Finding) -> Mapping[str, object]:
    fields = Fields(city, SOURCE)
    damages = fields.settings.get("damages")
    words = {code: word for word, code in damages.items()} if isinstance(damages, Mapping) else {}
    fields.put("condition_id", campaign(facts.day.date), f"{facts.day.date:%y%m%d}{one.number:03d}")
    fields.put("road_label", city.places.names[one.place])
    fields.instant("surveyed_at", one.at_s)
    fields.put("road_asset_code", fields.word("road_asset_code", "carriageway"))
    fields.put("condition_grade", "NE" if one.grade is None else str(one.grade))
    fields.put("source_damage", ", ".join(words[code] for code in one.damages if code in words))
    return fields.texts
