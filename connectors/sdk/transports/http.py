"""HTTP polling: ``http://host/path``, ``https://…``; one round of the connector's requests, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from connectors.sdk.connector import PollingConnector, Request, configured_request
from connectors.sdk.element import Payload
from connectors.sdk.errors import BadSetting
from connectors.sdk.paging import Page, Paging
from connectors.sdk.transports.reading import Batch, Delivery, Reading

_PAGES = "pages"


def batches(reading: Reading) -> Iterator[Batch]:
    """Answers that are new, one by one."""
    connector = reading.connector
    if isinstance(connector, PollingConnector):
        requests = connector.requests(reading.since)
        # a recording is one answer of the source and has no other pages
        paging = connector.paging if reading.poller.origin is None else None
    else:
        requests, paging = iter([configured_request(connector)]), None
    for request in requests:
        if reading.stop.is_set():
            return
        if paging is not None:
            yield from _pages(reading, request, paging)
            continue
        payload = reading.poller.poll(request, reading.since.get(reading.poller.address(request), {}))
        if payload is not None:
            yield [Delivery(payload, connector.offset_after(payload))]


def _pages(reading: Reading, request: Request, paging: Paging) -> Iterator[Batch]:
    """Pages of one request that are new.

    Every page is asked for whole, as only its content says where the next one is. What is remembered are the contents
    of the last round, under the address of the request, so that it does not grow with the addresses of pages.
    """
    place = reading.poller.address(request)
    before = [str(one) for one in reading.since.get(place, {}).get(_PAGES, ())]
    seen: list[str] = []
    following: Request | None = paging.first(request)
    while following is not None:
        if len(seen) >= paging.max_pages:
            raise BadSetting(
                f"{place} goes on after {paging.max_pages} pages, the limit of `paging`; these are kept. Ask for less "
                "(a later start, a larger page) or raise `max_pages`"
            )
        payload = reading.poller.poll(following)
        if payload is None or reading.stop.is_set():
            return
        if payload.payload_id in seen:
            raise BadSetting(
                f"{place} answers with the same page again and again; it does not know the parameters of `paging`: "
                "correct them"
            )
        seen.append(payload.payload_id)
        if payload.payload_id not in before:
            kept = list(dict.fromkeys([*seen, *before]))[: paging.max_pages]
            yield [Delivery(payload, {**reading.remembered(payload), place: {_PAGES: kept}})]
        if payload.refusal:
            return
        following = paging.next(Page(following, payload, len(seen) - 1, partial(_count, reading, payload)))


def _count(reading: Reading, payload: Payload) -> int:
    return sum(1 for _ in reading.connector.split(payload))
