"""Alerts of video analytics as ONVIF notifications, JSON lines as a client decodes them.

The source is isolated by law and off without a decision: ``vigie simulate`` writes it only where it is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._onvif import notification

SUFFIX = ".jsonl"
SOURCE = "onvif_video_alerts"
IS_ISOLATED = True


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One notification per alert, under the topic that the profile maps to its event."""
    topics = _topics(city)
    found = facts.video_alerts
    names = ("video_category", "camera", "at_s", "confidence")
    for event, camera, at, confidence in zip(*(found[name].tolist() for name in names), strict=True):
        data = {"State": "true", "Confidence": f"{confidence:.2f}"}
        yield Message(at, notification(camera, topics[event], at, data))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One notification per line."""
    return b"\n".join(messages) + b"\n"


def _topics(city: City) -> dict[str, str]:
    categories = city.simulation.city.source(SOURCE).settings.get("categories")
    entries = categories.items() if isinstance(categories, Mapping) else ()
    return {str(code): str(topic) for topic, code in entries if not str(topic).startswith("#")}
