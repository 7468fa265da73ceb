"""ONVIF notifications as a client decodes them: attributes and texts of the XML under `_value_1`."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from simulator.wire._told import utc


def host(camera: int) -> str:
    """Name of a camera on its network."""
    return f"camera-{camera:04d}"


def notification(
    camera: int, topic: str, at_s: int, data: Mapping[str, str], operation: str = "Changed", rule: str | None = None
) -> bytes:
    """One notification of one camera."""
    source = {"VideoSourceConfigurationToken": "main", **({"Rule": rule} if rule else {})}
    message = {
        "UtcTime": utc(at_s, "%Y-%m-%dT%H:%M:%SZ"), "PropertyOperation": operation,
        "Source": {"SimpleItem": [{"Name": name, "Value": value} for name, value in source.items()]},
        "Data": {"SimpleItem": [{"Name": name, "Value": value} for name, value in data.items()]},
    }  # fmt: skip
    return orjson.dumps({
        "Topic": {"_value_1": f"tns1:{topic}"},
        "ProducerReference": {"Address": {"_value_1": f"http://{host(camera)}/onvif"}},
        "Message": {"_value_1": message},
    })  # fmt: skip
