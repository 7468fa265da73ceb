"""How an HTTP answer in pages goes on, declared by a connector instead of programmed.

paging = OffsetPaging(limit=100, total="total_count")       # ?limit=100&offset=0, 100, 200 … (Opendatasoft, Socrata)
paging = PagePaging(size=50, size_parameter="per_page")     # ?page=1, 2, 3 …
paging = LinkPaging("links.next")                           # an address in the body, or a Link header
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from connectors.sdk.connector import Request
from connectors.sdk.element import Payload
from connectors.sdk.errors import SourceMissing

_LINK = re.compile(r"<([^>]*)>([^<]*)")
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)', re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """One page that came.

    Attributes:
        request: what was asked for.
        payload: the answer.
        number: which page of the round it is, from 0.
        count: how many elements the connector's format finds in it; counted when called.
    """

    request: Request
    payload: Payload
    number: int
    count: Callable[[], int]


class Paging(Protocol):
    """A way to go on."""

    max_pages: int
    """A round with more pages than this is broken off with an error, after its records are kept."""

    def first(self, request: Request) -> Request:
        """The request of the first page."""

    def next(self, page: Page) -> Request | None:
        """The request of the page after this one; ``None`` after the last."""


@dataclass(frozen=True)
class OffsetPaging:
    """``limit`` and ``offset`` in the query; ends with a page that is not full, or when ``total`` is reached.

    Attributes:
        limit: how many elements a page has at most.
        total: path of the number of all elements in a JSON body (``total_count``, ``meta.count``), when there is one.
        limit_parameter: name of the limit, ``$limit`` for Socrata.
        offset_parameter: name of the offset.
        max_pages: see ``Paging``.
    """

    limit: int = 100
    total: str = ""
    limit_parameter: str = "limit"
    offset_parameter: str = "offset"
    max_pages: int = 1000

    def first(self, request: Request) -> Request:
        """From the beginning."""
        return self._at(request, 0)

    def next(self, page: Page) -> Request | None:
        """As many elements further as came."""
        came = page.count()
        start = int(dict(parse_qsl(urlsplit(page.request.url).query)).get(self.offset_parameter, 0))
        total = _count_at(page.payload.content, self.total)
        is_last = came < self.limit if total is None else start + came >= total
        return None if not came or is_last else self._at(page.request, start + came)

    def _at(self, request: Request, start: int) -> Request:
        return with_parameters(request, {self.limit_parameter: self.limit, self.offset_parameter: start})


@dataclass(frozen=True)
class PagePaging:
    """A page number in the query; ends with an empty page, or with one that is not full when ``size`` is known.

    Attributes:
        parameter: name of the page number.
        start: number of the first page.
        size: how many elements a full page has; 0 when the server does not say.
        size_parameter: name under which ``size`` is asked for, if it is.
        pages: path of the number of pages in a JSON body, when there is one.
        max_pages: see ``Paging``.
    """

    parameter: str = "page"
    start: int = 1
    size: int = 0
    size_parameter: str = ""
    pages: str = ""
    max_pages: int = 1000

    def first(self, request: Request) -> Request:
        """The first page."""
        asked: dict[str, object] = {self.parameter: self.start}
        if self.size_parameter:
            asked[self.size_parameter] = self.size
        return with_parameters(request, asked)

    def next(self, page: Page) -> Request | None:
        """The number after it."""
        came = page.count()
        pages = _count_at(page.payload.content, self.pages)
        is_last = came < self.size if pages is None else page.number + 1 >= pages
        if not came or is_last:
            return None
        return with_parameters(page.request, {self.parameter: self.start + page.number + 1})


@dataclass(frozen=True)
class LinkPaging:
    """The address of the next page: at a path of a JSON body, or in the ``Link`` header when no path is given.

    The address must be of the same scheme, host and port: a body never sends this client elsewhere.
    """

    path: str = ""
    max_pages: int = 1000

    def first(self, request: Request) -> Request:
        """The request as it is."""
        return request

    def next(self, page: Page) -> Request | None:
        """What the page says."""
        found = _at_path(page.payload.content, self.path) if self.path else _link(page.payload.metadata.get("link", ""))
        if found is None or found == "":
            return None
        here = page.request.url
        try:
            there = urljoin(here, found) if isinstance(found, str) else ""
            is_same = _origin(there) == _origin(here)
        except ValueError:
            is_same = False
        if not is_same:
            raise SourceMissing(
                f"{page.payload.url} names a next page that is no address of the same server; expected one at "
                f"{self.path or 'the Link header'}; correct `paging` of the connector, or ask the publisher"
            )
        secret = set(page.request.secret_parameters)
        parts = urlsplit(there)
        query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in secret]
        return replace(page.request, url=urlunsplit(parts._replace(query=urlencode(query), fragment="")))


def with_parameters(request: Request, parameters: dict[str, Any]) -> Request:
    """The request with these query parameters set; what else its query says stays as it is written."""
    parts = urlsplit(request.url)
    kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] not in parameters]
    query = "&".join([*kept, urlencode(parameters, safe="$")])
    return replace(request, url=urlunsplit(parts._replace(query=query)))


def _at_path(content: bytes, path: str) -> object:
    """The value at a dotted path of a JSON body; ``None`` when there is none."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _count_at(content: bytes, path: str) -> int | None:
    """The count at a dotted path of a JSON body; ``None`` when there is none."""
    found = _at_path(content, path) if path else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _link(header: str) -> str | None:
    return next((match[1] for match in _LINK.finditer(header) if _NEXT.search(match[2])), None)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.hostname, parts.port
