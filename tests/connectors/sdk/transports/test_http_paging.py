"""Paging, secrets and hostile answers of HTTP sources, against a real server on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.sdk import Element, JsonFormat, Payload, PollingConnector, Row
from connectors.sdk.errors import BadSetting, SourceMissing, SourceUnavailable
from connectors.sdk.http import HttpPoller, Limits
from connectors.sdk.paging import LinkPaging, OffsetPaging, PagePaging, Paging
from connectors.sdk.runner import run_once
from tests.connectors.sdk.good import GoodLines
from tests.connectors.sdk.transports.conftest import Reader, Reports, keys, rules

Answer = tuple[int, dict[str, str], bytes]


class Paged(PollingConnector):
    """Items of `results`, page by page; key `good:id`."""

    contract, family = GoodLines.contract, GoodLines.family
    label, attribution = GoodLines.label, GoodLines.attribution
    format = JsonFormat("results")

    def to_row(self, element: Element, payload: Payload) -> Row:
        return Reports.to_row(self, element, payload)  # type: ignore[arg-type]


@contextmanager
def serving(answer: Callable[[str, dict[str, str]], Answer]) -> Iterator[tuple[str, list[str]]]:
    """A server whose answers are computed from path and headers; gives its origin and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = answer(self.path, {k.lower(): v for k, v in self.headers.items()})
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(start: int, count: int, **other: Any) -> bytes:
    items = [{"id": n, "date": "2010-01-01T10:00:00Z", "category": "noise"} for n in range(start, start + count)]
    return json.dumps({**other, "results": items}).encode()


def asked_of(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def by_offset(total: int, **other: Any) -> Callable[[str, dict[str, str]], Answer]:
    def answer(path: str, headers: dict[str, str]) -> Answer:
        query = asked_of(path)
        start, limit = int(query["offset"]), int(query["limit"])
        return 200, {}, page(start, max(0, min(limit, total - start)), **other)

    return answer


def read(reader: Reader, paging: Paging, url: str, **settings: object) -> Any:
    kind = type("Kind", (Paged,), {"paging": paging, "__module__": Paged.__module__})
    return run_once(
        reader.connector(kind, url=url, **settings), reader.sink, reader.offsets, poller=HttpPoller(Limits(attempts=1))
    )


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (7, 1), (10, 2), (25, 3), (30, 4)])
def test_offsets_are_asked_for_until_a_page_is_not_full(reader: Reader, total: int, pages: int) -> None:
    with serving(by_offset(total)) as (origin, asked):
        assert read(reader, OffsetPaging(limit=10), f"{origin}/x?where=a%20b").read == total
    assert len(asked) == pages
    assert asked[0] == "/x?where=a%20b&limit=10&offset=0"
    assert keys(reader.sink.acknowledged) == [f"good:{n}" for n in range(total)]


def test_a_total_count_spares_the_last_empty_page_and_survives_short_pages(reader: Reader) -> None:
    def short(path: str, headers: dict[str, str]) -> Answer:
        start = int(asked_of(path)["offset"])
        return 200, {}, page(start, max(0, min(4, 10 - start)), total_count=10)

    with serving(short) as (origin, asked):
        assert read(reader, OffsetPaging(limit=5, total="total_count"), f"{origin}/x").read == 10
    assert [asked_of(path)["offset"] for path in asked] == ["0", "4", "8"]


def test_an_unchanged_round_is_read_but_not_told_again_and_remembers_little(reader: Reader) -> None:
    with serving(by_offset(25)) as (origin, _):
        read(reader, OffsetPaging(limit=10), f"{origin}/x")
        assert read(reader, OffsetPaging(limit=10), f"{origin}/x").read == 0
    (entry,) = reader.offsets.load(Paged.__module__.rpartition(".")[2]).values()
    assert len(entry["pages"]) == 3


@pytest.mark.parametrize("paging", [PagePaging(size=1), PagePaging(size=10), PagePaging(pages="meta.pages")])
def test_page_numbers_are_asked_for_until_the_end(reader: Reader, paging: PagePaging) -> None:
    def answer(path: str, headers: dict[str, str]) -> Answer:
        number = int(asked_of(path)["page"])
        return 200, {}, page(10 * (number - 1), (10, 10, 5, 0)[number - 1], meta={"pages": 3})

    with serving(answer) as (origin, asked):
        assert read(reader, paging, f"{origin}/x").read == 25
    assert len(asked) == (4 if paging.size == 1 else 3)


def test_links_in_the_body_are_followed_without_the_secret_the_server_wrote_into_them(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_SECRET_T", "planted")

    def answer(path: str, headers: dict[str, str]) -> Answer:
        query = asked_of(path)
        assert query["token"] == "planted"
        number = int(query.get("cursor", 0))
        following = f"/x?cursor={number + 1}&token=planted" if number < 2 else None
        return 200, {}, page(number, 1, links={"next": following})

    with serving(answer) as (origin, asked):
        report = read(
            reader, LinkPaging("links.next"), f"{origin}/x", secret_parameters={"token": "${VIGIE_SECRET_T}"}
        )
    assert (report.read, len(asked)) == (3, 3)
    assert "planted" not in repr(reader.sink.acknowledged)
    assert "planted" not in repr(reader.offsets.load("test_http_paging"))


def test_a_link_header_is_followed(reader: Reader) -> None:
    def answer(path: str, headers: dict[str, str]) -> Answer:
        number = int(asked_of(path).get("page", 0))
        more = f'<{path.partition("?")[0]}?page={number + 1}>; rel="next"' if number < 2 else ""
        return 200, {"Link": f'</first>; rel="first", {more}'}, page(number, 1)

    with serving(answer) as (origin, _):
        assert read(reader, LinkPaging(), f"{origin}/x").read == 3


@pytest.mark.parametrize("link", ["http://169.254.169.254/secrets", "file:///etc/passwd", 7, "//other.example/x", "http://["])
def test_a_link_to_another_server_is_never_followed(reader: Reader, link: object) -> None:
    with (
        serving(lambda path, headers: (200, {}, page(1, 1, next=link))) as (origin, asked),
        pytest.raises(SourceMissing, match="no address of the same server"),
    ):
        read(reader, LinkPaging("next"), f"{origin}/x")
    assert len(asked) == 1
    assert keys(reader.sink.acknowledged) == ["good:1"]


def test_the_number_of_pages_is_bounded_and_what_was_read_is_kept(reader: Reader) -> None:
    with serving(by_offset(10_000)) as (origin, asked), pytest.raises(BadSetting, match="limit of `paging`"):
        read(reader, OffsetPaging(limit=10, max_pages=3), f"{origin}/x")
    assert (len(asked), len(reader.sink.acknowledged)) == (3, 30)


def test_a_server_that_ignores_the_parameters_is_noticed(reader: Reader) -> None:
    with (
        serving(lambda path, headers: (200, {}, page(1, 10))) as (origin, asked),
        pytest.raises(BadSetting, match="same page again"),
    ):
        read(reader, OffsetPaging(limit=10), f"{origin}/x")
    assert (len(asked), len(reader.sink.acknowledged)) == (2, 10)


def test_a_page_that_cannot_be_read_ends_the_round_and_is_counted(reader: Reader) -> None:
    def answer(path: str, headers: dict[str, str]) -> Answer:
        return 200, {}, page(0, 10) if asked_of(path)["offset"] == "0" else b"<html>busy</html>"

    with serving(answer) as (origin, _):
        assert read(reader, OffsetPaging(limit=10), f"{origin}/x").read == 11
    assert rules(reader.sink.acknowledged) == ["shape"]


def test_headers_and_secret_parameters_come_from_the_profile_by_reference(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_SECRET_T", "planted")
    seen: list[dict[str, str]] = []

    def answer(path: str, headers: dict[str, str]) -> Answer:
        seen.append(headers)
        return 200, {}, page(1, 1)

    with serving(answer) as (origin, asked):
        reader.read(
            Paged,
            url=f"{origin}/x?a=1",
            headers={"Authorization": "Bearer ${VIGIE_SECRET_T}", "Accept": "application/json"},
            secret_parameters={"key": "${VIGIE_SECRET_T}"},
        )
    assert seen[0]["authorization"] == "Bearer planted"
    assert asked == ["/x?a=1&key=planted"]
    assert "planted" not in repr(reader.sink.acknowledged)


@contextmanager
def raw_serving(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes whatever it is asked, and hangs up."""
    ended = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            try:
                for part in parts:
                    self.request.sendall(part)
                    ended.wait(pause)
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ended.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"\x00\x01\x02garbage\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",),
    ],
)
def test_what_is_no_answer_is_a_retry(reader: Reader, parts: tuple[bytes, ...]) -> None:
    once = HttpPoller(Limits(attempts=1))
    with raw_serving(*parts) as origin, pytest.raises(SourceUnavailable, match="tried again"):
        run_once(reader.connector(Paged, url=f"{origin}/x"), reader.sink, reader.offsets, poller=once)
    assert reader.sink.acknowledged == []


@pytest.mark.parametrize("limits", [Limits(attempts=1, read_seconds=0.2), Limits(attempts=1, total_seconds=0.3)])
def test_a_source_that_drips_or_hangs_is_given_up_in_time(reader: Reader, limits: Limits) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    pause = 10.0 if limits.read_seconds < 1 else 0.02
    started = time.monotonic()
    with raw_serving(head, *[b"x"] * 500, pause=pause) as origin, pytest.raises(SourceUnavailable):
        run_once(reader.connector(Paged, url=f"{origin}/x"), reader.sink, reader.offsets, poller=HttpPoller(limits))
    assert time.monotonic() - started < 60.0  # the server would go on for an hour


def test_recordings_of_a_paged_source_are_played_one_answer_each(reader: Reader, tmp_path: Any) -> None:
    from connectors.sdk.playback import play

    (tmp_path / "a.json").write_bytes(page(0, 10))
    kind = type("Kind", (Paged,), {"paging": OffsetPaging(limit=10), "__module__": Paged.__module__})
    connector = reader.connector(kind, url="https://data.example/x")
    connector.source = replace(connector.source, recordings=(tmp_path / "a.json",))
    assert play(connector, reader.sink, reader.offsets).read == 10
