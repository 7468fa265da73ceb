"""Reads the features of a GeoJSON file and what identifies each, for commands that search among them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vigie.errors import WrongUse

ID_PROPERTIES = ("zone_id", "id", "code", "insee", "GEOID", "name", "nom")


def features_of(path: Path, what: str) -> Iterator[dict[str, Any]]:
    """Give the features of a file: a collection, one feature, or one feature per line, `.gz` allowed.

    A geometry alone is a feature without properties (RFC 7946 lets it stand for itself).

    Raises:
        WrongUse: the file is no GeoJSON; `what` says what it should hold.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = content.decode("utf-8-sig")
        first = text.lstrip()[:1]
        if first != "{":
            raise ValueError(f"it begins with {first!r}")
        try:
            document = json.loads(text)
            yield from document["features"] if document.get("type") == "FeatureCollection" else [_feature(document)]
        except json.JSONDecodeError:
            yield from (_feature(json.loads(line)) for line in text.splitlines() if line.strip())
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} cannot be read as GeoJSON ({error}); give {what}, as a collection or by line"
        raise WrongUse(message) from None


def _feature(document: dict[str, Any]) -> dict[str, Any]:
    return document if document.get("type") == "Feature" else {"type": "Feature", "geometry": document}


def id_of(feature: dict[str, Any], id_property: str | None, number: int) -> str:
    """Give what identifies a feature: the property told; without one its `id`, or the first of `ID_PROPERTIES`.

    Raises:
        WrongUse: the feature lacks the property told.
    """
    properties = feature.get("properties") or {}
    if id_property is not None:
        if properties.get(id_property) is None:
            known = ", ".join(properties) or "none"
            raise WrongUse(f"feature {number} has no property {id_property}; it has {known}")
        return str(properties[id_property])
    if feature.get("id") is not None:
        return str(feature["id"])
    return next((str(properties[name]) for name in ID_PROPERTIES if properties.get(name) is not None), str(number))
