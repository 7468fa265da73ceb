"""Service alerts of public transport, from a GTFS-Realtime feed.

Protocol Buffers (``FeedMessage``), or its rendering in JSON. Format facts:

* An element is one period of one alert; an alert without a period holds for as long as the feed shows it and is one
  element without dates. A start or end of 0, or the greatest number of 64 bits, means none. Ends may lie years ahead.
* ``FULL_DATASET`` replaces: an alert that the next state of the feed no longer holds is over, whatever its end says, so
  the feed's own time orders the versions. A differential feed marks what is over with ``is_deleted``.
* An alert concerns every combination it names; here its routes, stops, trips and agencies are lists of their own.
* Texts come once per language, often without saying which (``language`` stays missing then): the city's language
  is taken first, then the text without a language, then the first one. They speak of the network, not of persons.
* A cause or effect that the list does not know is ``unknown``, and the source's word stays beside it.

Publisher and licence are those of the feed that the city profile names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import GtfsRealtimeFormat, absent, coded, identifier, posix_instant, text
from connectors.sdk.element import Element, Payload, Row
from schemas.codes import load_codes
from schemas.contract import Label

CAUSES, EFFECTS, SEVERITIES = (load_codes(f"alert_{name}").values for name in ("cause", "effect", "severity"))
NEVER = (0, 2**63 - 1, 2**64 - 1)
Alert = Mapping[str, Any]


def periods(feed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One element per period of each alert; an entity deleted without saying what it was is taken for an alert."""
    for entity in feed.get("entity", ()):
        alert = entity.get("alert")
        if alert is None and not (entity.get("is_deleted") is True and entity.keys() <= {"id", "is_deleted"}):
            continue
        rest = dict(alert or {})
        told: list[list[Alert]] = [rest.pop(name, []) for name in ("active_period", "impact_period")]
        about = {"header": feed["header"], "id": entity.get("id"), "is_deleted": entity.get("is_deleted", False)}
        for period in next(filter(None, told), [{}]):
            yield {**about, "period": period, "alert": rest}


class GtfsRtServiceAlerts(PollingConnector):
    """One period of one alert; key ``gtfs_rt:<alert>-<start of the period, or open>``."""

    contract = "silver.service_alert"
    family = "public_transport"
    label = Label(fr="Alertes des transports (GTFS-Realtime)", en="Public transport alerts (GTFS-Realtime)")
    attribution = Attribution(
        publisher="The publisher of the feed, named by the city profile",
        licence="The licence of the feed, named by the city profile",
        url="https://gtfs.org",
    )
    every = timedelta(minutes=1)
    format = GtfsRealtimeFormat(periods)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say what the feed announced at its own time."""
        header, alert, period = (element.value[name] for name in ("header", "alert", "period"))
        start, end = absent(period.get("start"), *NEVER), absent(period.get("end"), *NEVER)
        title, language = _told(alert.get("header_text"), self.city.language)
        body, other = _told(alert.get("description_text"), language or self.city.language)
        cause, effect = alert.get("cause", "UNKNOWN_CAUSE"), alert.get("effect", "UNKNOWN_EFFECT")
        severity = alert.get("severity_level")
        return {
            "alert_period_id": identifier("gtfs_rt", element.value["id"], "open" if start is None else start),
            "alert_id": text(element.value["id"]),
            "cause_code": _coded(cause, "_CAUSE", CAUSES),
            "source_cause": text(alert.get("cause")),
            "effect_code": _coded(effect, "_EFFECT", EFFECTS),
            "source_effect": text(alert.get("effect")),
            "alert_severity_code": _coded(severity, "_SEVERITY", SEVERITIES),
            "source_severity": text(severity),
            "active_from_at": posix_instant(start),
            "active_until_at": posix_instant(end),
            "agency_ids": _named(alert, "agency_id"),
            "route_ids": _named(alert, "route_id"),
            "trip_ids": _named(alert, "trip_id"),
            "stop_ids": _named(alert, "stop_id"),
            "header_text": title,
            "description_text": body,
            "language": language or other,
            "info_url": _told(alert.get("url"), language or self.city.language)[0],
            "is_withdrawn": element.value["is_deleted"],
            "is_full_dataset": header.get("incrementality", "FULL_DATASET") == "FULL_DATASET",
            "feed_at": posix_instant(header.get("timestamp")),
        }


def _coded(value: object, ending: str, codes: tuple[str, ...]) -> str | None:
    """The code of an enumeration whose names repeat what they are (``OTHER_CAUSE``)."""
    return coded(str(value).upper().removesuffix(ending) if isinstance(value, str) else value, codes)


def _named(alert: Alert, field: str) -> str | None:
    """Identifiers of the entities concerned, each once, as a JSON list; those of a trip count too."""
    found: dict[str, None] = {}
    for entity in alert.get("informed_entity", ()):
        for place in (entity, entity.get("trip", {})):
            named = text(place.get(field))
            if named is not None:
                found[named] = None
    return json.dumps(list(found), ensure_ascii=False, separators=(",", ":")) if found else None


def _told(texts: Mapping[str, Any] | None, language: str) -> tuple[str | None, str | None]:
    """The text in the language wanted, or without one, or the first; and its language."""
    translations = (texts or {}).get("translation", ())

    def rank(translation: Mapping[str, Any]) -> int:
        tag = str(translation.get("language") or "").lower()
        return 0 if tag.partition("-")[0] == language.lower().partition("-")[0] else 2 if tag else 1

    best: Mapping[str, Any] = min(translations, key=rank, default={})
    return text(best.get("text")), text(best.get("language"))
