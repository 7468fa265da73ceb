"""Requests of citizens from any Open311 server (GeoReport v2), in JSON or XML.

Servers differ, also in what they all call GeoReport. Format facts:

* JSON is a list of requests, or an object that wraps one (``service_requests``, sometimes with ``request`` inside), or
  one request alone. XML is ``<service_requests><request>`` for many and for one. Optional fields are absent, null or
  empty tags; a field may be a list of one.
* The position is ``lat`` and ``long``, as numbers or text; both 0 mean no place. Codes are text: ``001`` is not 1.
* Times have an offset, and one without is refused. Servers fill ``updated_datetime`` or ``expected_datetime``, seldom
  both; the expected time is a promise and no fact. For a closed request the updated time is that of closing.
* ``description``, ``status_notes``, ``service_notice`` and ``media_url`` are free text or pictures: they are dropped
  before anything is kept. What cannot be cut is told by its digest.

Settings: `url` of the list of requests, `issuer` of identifiers, `jurisdiction_id`; `window_days` asks for the requests
of so many days, one request per `slice_days`, because servers answer with a thousand at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.sdk.connector import Attribution, Offset, PollingConnector, Request
from connectors.sdk.decode import JsonFormat, XmlFormat, identifier, number, text, zoned_instant
from connectors.sdk.element import Decoded, Element, Payload, Row, canonical, refused
from connectors.sdk.formats import Format, JsonLinesFormat
from connectors.sdk.formats.kept_fields import KeptFieldsFormat, withheld
from schemas.contract import Label

KEPT = (
    *("service_request_id", "status", "service_name", "service_code", "agency_responsible", "jurisdiction_id"),
    *("requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long"),
)
STATUSES = {
    **{"open": "open", "submitted": "open", "received": "open", "acknowledged": "in_progress"},
    **{"in progress": "in_progress", "in_progress": "in_progress", "closed": "closed", "archived": "closed"},
}
_WRAPPED = re.compile(rb'\s*\{\s*"(service_requests|requests)"\s*:\s*(?:\{\s*"(request)"\s*:\s*)?\[')
_WRAPPERS = ("service_requests", "requests", "request")
_XML = XmlFormat("request")


@dataclass(frozen=True)
class GeoReportFormat(Format):
    """Requests of a GeoReport answer as flat mappings of the kept fields; ``raw`` is their JSON."""

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every request, in order."""
        body = content.removeprefix(b"\xef\xbb\xbf")
        is_xml = body.lstrip()[:1] == b"<"
        found = False
        for decoded in _XML.decode(body) if is_xml else _json(body).decode(body):
            found = True
            yield from (withheld(decoded, KEPT),) if decoded.violations else _requests(decoded.value)
        if is_xml and not found and b"service_requests" not in body:
            message = "There is neither `service_requests` nor `request`; expected a GeoReport answer."
            yield withheld(refused("shape", content, message), KEPT)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The request of kept JSON text."""
        return KeptFieldsFormat(JsonLinesFormat(), KEPT).reread(text)


class Open311Requests(PollingConnector):
    """One request; key ``<issuer>:<service_request_id>``, with the issuer the profile names."""

    contract = "silver.incident_report"
    family = "citizens"
    label = Label(fr="Demandes Open311", en="Open311 requests")
    attribution = Attribution(
        publisher="The city that runs the server, named by the city profile",
        licence="The licence of the server, named by the city profile",
        url="https://wiki.open311.org/GeoReport_v2/",
    )
    every = timedelta(minutes=15)
    format = GeoReportFormat()

    def requests(self, since: Offset) -> Iterator[Request]:
        """The window, newest days first, cut into slices; without a window, what the server gives."""
        (first,) = super().requests(since)
        settings = self.source.settings
        fixed = {"jurisdiction_id": str(settings["jurisdiction_id"])} if "jurisdiction_id" in settings else {}
        window, step = (max(int(str(settings.get(name, 0))), 0) for name in ("window_days", "slice_days"))
        if not window:
            yield Request(_asked(first.url, fixed))
            return
        # Whole days, so that the addresses stay the same for a day and unchanged answers are not sent again.
        until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        for ago in range(0, window, step or 1):
            end, start = (until - timedelta(days=days) for days in (ago, min(ago + (step or 1), window)))
            dates = {"start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
            yield Request(_asked(first.url, fixed | dates))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read the request; nothing of its free text is left to read."""
        request = element.value
        longitude, latitude = number(request.get("long")), number(request.get("lat"))
        placed = longitude is not None and (longitude, latitude) != (0, 0)
        status = text(request.get("status"))
        requested, updated = (zoned_instant(request.get(f"{name}_datetime")) for name in ("requested", "updated"))
        state = STATUSES.get((status or "").lower(), status)
        name, code = text(request.get("service_name")), text(request.get("service_code"))
        return {
            "report_id": identifier(
                str(self.source.settings.get("issuer", "open311")), request.get("service_request_id")
            ),
            "occurred_at": requested,
            "time_precision_code": "second",
            "received_at": requested,
            "closed_at": updated if state == "closed" else None,
            "source_category": name or code,
            "source_subcategory": code if name else None,
            "status_code": state,
            "address": text(request.get("address")),
            "longitude": longitude if placed else None,
            "latitude": latitude if placed or latitude != 0 else None,
            "location_precision_m": 20 if placed else None,
            "source_updated_at": updated or requested,
        }


def _json(body: bytes) -> JsonFormat:
    """The format of the wrapping this answer has; one that is not known is read as a whole and told by its request."""
    wrapped = _WRAPPED.match(body)
    return JsonFormat(b".".join(filter(None, wrapped.groups())).decode() if wrapped else "")


def _requests(value: Any) -> Iterator[Decoded]:
    """The requests inside a value: itself, or what it wraps."""
    if isinstance(value, list):
        for item in value:
            yield from _requests(item)
        return
    if isinstance(value, Mapping):
        wrapper = next((name for name in _WRAPPERS if isinstance(value.get(name), Mapping | list)), None)
        if wrapper is not None and "service_request_id" not in value:
            yield from _requests(value[wrapper])
            return
        kept = {name: _plain(value[name]) for name in KEPT if name in value}
        yield Decoded(kept, canonical(kept))
        return
    yield withheld(refused("shape", canonical(value), "Expected a request."), KEPT)


def _plain(value: Any) -> Any:
    """A field as one value: the text of a tag, the only item of a list; an empty one is missing."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else canonical(value).decode() if value else None
    if isinstance(value, Mapping):
        value = value.get("#text")
    return None if value == "" else value


def _asked(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}" if parameters else url
