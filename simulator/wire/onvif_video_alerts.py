"""Alerts of video analytics as ONVIF notifications, JSON lines as a client decodes them.

The source is isolated by law and off without a decision: ``vigie simulate`` writes it only where it is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".jsonl"
SOURCE = "onvif_video_alerts"
IS_ISOLATED = True


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One notification per alert, under the topic that the profile maps to its event."""
    topics = _topics(city)
    found = facts.video_alerts
    names = ("video_category", "camera", "at_s", "confidence")
    for event, camera, at, confidence in zip(*(found[name].tolist() for name in names), strict=True):
        data = [{"Name": "State", "Value": "true"}, {"Name": "Confidence", "Value": f"{confidence:.2f}"}]
        message = {
            "UtcTime": utc(at, "%Y-%m-%dT%H:%M:%SZ"), "PropertyOperation": "Changed",
            "Source": {"SimpleItem": [{"Name": "VideoSourceConfigurationToken", "Value": "main"}]},
            "Data": {"SimpleItem": data},
        }  # fmt: skip
        yield Message(at, orjson.dumps({
            "Topic": {"_value_1": f"tns1:{topics[event]}"},
            "ProducerReference": {"Address": {"_value_1": f"http://{host(camera)}/onvif"}},
            "Message": {"_value_1": message},
        }))  # fmt: skip


def host(camera: int) -> str:
    """Name of a camera on its network."""
    return f"camera-{camera:04d}"


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One notification per line."""
    return b"\n".join(messages) + b"\n"


def _topics(city: City) -> dict[str, str]:
    categories = city.simulation.city.source(SOURCE).settings.get("categories")
    entries = categories.items() if isinstance(categories, Mapping) else ()
    return {str(code): str(topic) for topic, code in entries if not str(topic).startswith("#")}
