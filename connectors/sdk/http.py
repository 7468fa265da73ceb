"""Polls HTTP sources politely and safely: conditional, limited, backing off, telling no secret."""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from connectors.sdk.connector import Request
from connectors.sdk.element import MAX_DEAD_LETTER_BYTES, Payload
from connectors.sdk.errors import PayloadTooLarge as TooLarge
from connectors.sdk.errors import (
    PayloadUnreadable,
    Skip,
    SourceBusy,
    SourceMissing,
    SourceRefused,
    SourceUnavailable,
)
from connectors.sdk.formats.compressed import decompress
from schemas.check import Violation

_SECRET_NAMES = (
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "signature",
    "sig",
    "auth",
    "appid",
    "credential",
)
_REDIRECTS = {301, 302, 303, 307, 308}
_HIDDEN = "***"
_UNUSABLE = "an unusable address"


@dataclass(frozen=True)
class Limits:
    """How long, how often and how much a source may be asked for. Sizes in bytes, times in seconds."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 300.0
    max_bytes: int = 128 * 1024 * 1024
    max_unpacked_bytes: int = 512 * 1024 * 1024
    attempts: int = 4
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 60.0
    redirects: int = 5


@dataclass(frozen=True)
class HttpPoller:
    """One GET at a time, with everything a polite client owes a public server.

    ``origin`` (``http://127.0.0.1:8000``) sends every request there instead, path and query kept: recordings
    are played this way while the lineage keeps the source's own address. ``pause`` waits; tests give one that
    only writes down.
    """

    limits: Limits = Limits()
    origin: str | None = None
    pause: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)

    def __post_init__(self) -> None:
        """Silence the client library's own log: it writes whole addresses, with their secrets."""
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # for the loggers below it as well

    def address(self, request: Request) -> str:
        """The request's address as it is stored and shown: without user, password and secret parameters."""
        return redacted(request.url)

    def poll(self, request: Request, known: Mapping[str, Any] | None = None) -> Payload | None:
        """The source's answer, or ``None`` when unchanged since ``known`` (what ``offset_after`` kept).

        An answer over the limit or one that cannot be unpacked is a payload with a ``refusal``.

        Raises:
            SourceUnavailable: time-outs, refused connections or 5xx on every attempt.
            SourceBusy: 429 or 503 asking for a longer pause than the limits allow.
            SourceRefused: 401 or 403.
            SourceMissing: any other 4xx, or redirects that lead nowhere.
        """
        known = known or {}
        for attempt in range(1, self.limits.attempts + 1):
            try:
                answer = self._get(request, known)
                break
            except (SourceUnavailable, SourceBusy) as error:
                pause = self._pause(attempt, error.retry_after)
                if attempt == self.limits.attempts or pause > self.limits.longest_pause_seconds:
                    raise
            self.pause(pause)
        if answer is None or (not answer.refusal and answer.payload_id == known.get("payload_id")):
            return None
        return answer

    def _pause(self, attempt: int, asked: float | None) -> float:
        if asked is not None:
            return asked
        longest = min(self.limits.longest_pause_seconds, self.limits.first_pause_seconds * 2.0 ** (attempt - 1))
        return random.uniform(longest / 2, longest)

    def _get(self, request: Request, known: Mapping[str, Any]) -> Payload | None:
        shown = self.address(request)
        if shown == _UNUSABLE:
            raise SourceMissing("the source's address cannot be read; correct `url` in the source's settings")
        url = self._target(request)
        headers = {**request.headers, **_conditions(known)}
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        try:
            is_ours = self.origin is not None
            with httpx.Client(timeout=timeout, trust_env=not is_ours, verify=_authorities(not is_ours)) as client:
                for _ in range(self.limits.redirects + 1):
                    with client.stream("GET", url, headers={"Accept-Encoding": "gzip", **headers}) as response:
                        if response.status_code not in _REDIRECTS:
                            return self._answer(response, shown)
                        url, headers = _redirected(response, headers, shown)
        except httpx.InvalidURL:
            raise SourceMissing(f"{shown} is not a usable address; correct `url` in the source's settings") from None
        except httpx.UnsupportedProtocol:
            raise SourceMissing(f"{shown} leads to an address that is not http or https; correct `url`") from None
        except httpx.HTTPError as error:
            raise SourceUnavailable(
                f"{shown} did not answer ({type(error).__name__}); it will be tried again"
            ) from None
        raise SourceMissing(f"{shown} redirects more than {self.limits.redirects} times; correct `url`")

    def _target(self, request: Request) -> str:
        parts = urlsplit(request.url)
        query = "&".join(filter(None, (parts.query, urlencode(request.secret_parameters))))
        if self.origin is not None:
            stand_in = urlsplit(self.origin)
            parts = parts._replace(scheme=stand_in.scheme, netloc=stand_in.netloc)
        return urlunsplit(parts._replace(query=query, fragment=""))

    def _answer(self, response: httpx.Response, shown: str) -> Payload | None:
        status = response.status_code
        if status == 304:
            return None
        if status in (401, 403):
            raise SourceRefused(f"{shown} answered {status}: set or renew the credentials in this source's settings")
        if status in (429, 503):
            asked = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            raise SourceBusy(f"{shown} answered {status} and asks to wait {asked or 'a while'} s", retry_after=asked)
        if status >= 500 or status == 408:
            raise SourceUnavailable(f"{shown} answered {status}; it will be tried again")
        if status != 200:
            raise SourceMissing(f"{shown} answered {status}, expected 200; correct `url` in the source's settings")
        return self._payload(response, shown)

    def _payload(self, response: httpx.Response, shown: str) -> Payload:
        refusal = None
        content = b""
        try:
            content = self._body(response, shown)
            content = self._unpacked(content, response.headers.get("content-encoding", "identity"), shown)
            if content[:2] == b"\x1f\x8b" and urlsplit(shown).path.endswith(".gz"):
                content = decompress(content, url=shown, max_bytes=self.limits.max_unpacked_bytes)
        except Skip as skip:
            refusal = Violation(rule=skip.rule, column="", value="", message=str(skip))
            content = skip.beginning[: MAX_DEAD_LETTER_BYTES + 1]
        names = {"etag": "etag", "last-modified": "last_modified", "x-recording": "recording", "link": "link"}
        metadata = {name: response.headers[field] for field, name in names.items() if field in response.headers}
        return Payload(content, shown, datetime.now(UTC), response.headers.get("content-type"), metadata, refusal)

    def _body(self, response: httpx.Response, shown: str) -> bytes:
        parts = bytearray()
        deadline = time.monotonic() + self.limits.total_seconds
        for part in response.iter_raw():
            parts += part
            if len(parts) > self.limits.max_bytes:
                message = f"{shown} sent more than {self.limits.max_bytes} bytes; ask for less at a time"
                raise TooLarge(message, url=shown, beginning=bytes(parts[: MAX_DEAD_LETTER_BYTES + 1]))
            if time.monotonic() > deadline:
                raise SourceUnavailable(
                    f"{shown} was still sending after {self.limits.total_seconds} s; it will be tried again"
                )
        return bytes(parts)

    def _unpacked(self, content: bytes, encoding: str, shown: str) -> bytes:
        if encoding.lower() in ("gzip", "x-gzip"):
            return decompress(content, url=shown, max_bytes=self.limits.max_unpacked_bytes)
        if encoding.lower() not in ("", "identity"):
            message = f"{shown} is packed as {encoding!r}, which was not asked for; expected gzip or none"
            raise PayloadUnreadable(message, url=shown, beginning=content[: MAX_DEAD_LETTER_BYTES + 1])
        return content


@cache
def _authorities(trust_env: bool) -> ssl.SSLContext:
    """What servers are checked by, read once: reading it takes twenty milliseconds, longer than most answers."""
    return httpx.create_ssl_context(trust_env=trust_env)


def redacted(url: str) -> str:
    """The address without user and password, and with the values of secret-looking parameters hidden."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _UNUSABLE
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    query = [
        (name, _HIDDEN if any(secret in name.lower() for secret in _SECRET_NAMES) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, safe="*/:,"), ""))


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds a ``Retry-After`` header asks to wait, be it seconds or an HTTP date; ``None`` when neither."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp())


def _conditions(known: Mapping[str, Any]) -> dict[str, str]:
    fields = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return {field: str(known[name]) for name, field in fields.items() if known.get(name)}


def _redirected(response: httpx.Response, headers: Mapping[str, str], shown: str) -> tuple[str, dict[str, str]]:
    """Where a redirect leads, and what may be sent there: the author's headers never leave their origin."""
    location = response.headers.get("location")
    if not location:
        raise SourceMissing(f"{shown} answered {response.status_code} without saying where to; correct `url`")
    target = response.url.join(location)
    if response.url.scheme == "https" and target.scheme != "https":
        raise SourceMissing(f"{shown} redirects from https to {target.scheme}; correct `url` to an https address")
    same = (target.scheme, target.host, target.port) == (
        response.url.scheme,
        response.url.host,
        response.url.port,
    )
    return str(target), dict(headers) if same else {}
