"""Vigilance of Météo-France: the colour of each dangerous phenomenon in each département.

JSON in three dialects, told apart by their names. Format facts:

* Mobile API, one domain: ``timelaps`` holds per phenomenon the instants when the colour changes; a colour lasts until
  the next one or ``end_validity_time``. Times are POSIX seconds; milliseconds are no instant and are refused. The short
  answer has ``phenomenons_max_colors`` instead: one colour from ``update_time`` to ``end_validity_time``.
* Public API (``DPVigilance``), the whole country: ``product.periods`` (today, tomorrow), in each of them
  ``timelaps.domain_ids``, ``phenomenon_items`` and ``timelaps_items``; times are ISO 8601 in UTC, numbers may be texts.
* ``color_id`` 1 green, 2 yellow, 3 orange, 4 red; others (overseas) keep their number and give no colour. Green is told
  too. ``phenomenon_id`` 1 to 9; the domain is the département, and the coast of one ends in ``10`` (``1310``).
* Comments and advice are free text and stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import JsonFormat, PartsFormat, identifier, stated_instant, text
from connectors.sdk.element import Decoded, Element, Payload, Row, canonical, refused
from schemas.contract import Label

COLOURS = {"1": "green", "2": "yellow", "3": "orange", "4": "red"}
PHENOMENA = {
    "1": "wind",
    "2": "rain",
    "3": "thunderstorm",
    "4": "flood",
    "5": "snow_ice",
    "6": "heat",
    "7": "cold",
    "8": "avalanche",
    "9": "coastal",
}
_DEPARTEMENT = re.compile(r"(2[AB]|97\d|0[1-9]|[1-8]\d|9[0-5])(10)?", re.ASCII)


def warnings(document: dict[str, Any]) -> Iterator[dict[str, Any] | Decoded]:
    """Each colour of each phenomenon of each domain, with the bulletin it stands in."""
    if "product" in document:
        product = document["product"]
        for period in product["periods"]:
            bulletin = {
                "update_time": product["update_time"],
                "begin_validity_time": period["begin_validity_time"],
                "end_validity_time": period["end_validity_time"],
            }
            for domain in period["timelaps"]["domain_ids"]:
                for item in domain["phenomenon_items"]:
                    yield from _colours({**bulletin, "domain_id": domain["domain_id"]}, item)
        return
    bulletin = {name: document[name] for name in ("update_time", "end_validity_time", "domain_id")}
    lists = ("timelaps", "phenomenons_max_colors", "phenomenons_items")
    for item in document[next((name for name in lists if document.get(name)), "timelaps")] or ():
        yield from _colours(bulletin, item)


def _colours(bulletin: dict[str, Any], item: Any) -> list[dict[str, Any] | Decoded]:
    """Colours of one phenomenon; one that is not built as expected is refused alone and costs no other."""
    try:
        return list(_steps(bulletin, item))
    except (AttributeError, KeyError, TypeError) as error:
        missing = str(error.args[0])[:100] if isinstance(error, KeyError) else ""
        message = f"The phenomenon lacks {missing!r}; expected its number and colours. Ask the publisher what changed."
        part = {**bulletin, "phenomenon_id": item.get("phenomenon_id") if isinstance(item, dict) else None}
        return [refused("shape", canonical(part), message, column=missing)]


def _steps(bulletin: dict[str, Any], item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    above = {**bulletin, "phenomenon_id": item["phenomenon_id"]}
    steps = item.get("timelaps_items")
    if not steps:
        begin = bulletin.get("begin_validity_time", bulletin["update_time"])
        yield {**above, "begin_time": begin, "end_time": None, "color_id": item["phenomenon_max_color_id"]}
        return
    for step, following in zip(steps, [*steps[1:], {}], strict=True):
        end = step.get("end_time", following.get("begin_time"))
        yield {**above, "begin_time": step["begin_time"], "end_time": end, "color_id": step["color_id"]}


class MeteofranceVigilance(PollingConnector):
    """One colour of one phenomenon in one domain; key ``vigilance:<domain>-<phenomenon>-<begin>``."""

    contract = "silver.weather_warning"
    family = "weather"
    label = Label(fr="Vigilance (Météo-France)", en="Vigilance warnings (Météo-France)")
    attribution = Attribution(
        publisher="Météo-France", licence="Licence Ouverte 2.0", url="https://vigilance.meteofrance.fr"
    )
    every = timedelta(minutes=15)
    format = PartsFormat(JsonFormat(max_element_bytes=16 * 1024 * 1024), warnings)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say the colour and how long it lasts."""
        told = element.value
        domain, phenomenon, colour = (text(told[name]) for name in ("domain_id", "phenomenon_id", "color_id"))
        begin, issued = stated_instant(told["begin_time"]), stated_instant(told["update_time"])
        return {
            "warning_id": identifier("vigilance", domain, phenomenon, begin),
            "message_id": identifier("vigilance", domain, issued),
            "issuer_label": "Météo-France",
            "warning_status_code": "actual",
            "message_kind_code": "alert",
            "phenomenon_code": PHENOMENA.get(phenomenon or "", "unknown"),
            "source_phenomenon": phenomenon,
            "warning_level_code": COLOURS.get(colour or ""),
            "source_level": colour,
            "area_codes": _area(domain),
            "starts_at": begin,
            "ends_at": stated_instant(told["end_time"] or told["end_validity_time"]),
            "issued_at": issued,
        }


def _area(domain: str | None) -> str | None:
    found = _DEPARTEMENT.fullmatch(domain or "")
    if found is None:
        return identifier("meteofrance", domain)
    return identifier("insee_dep_coast" if found[2] else "insee_dep", found[1])
