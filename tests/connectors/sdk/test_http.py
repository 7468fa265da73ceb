"""The poller against a real HTTP server that behaves as badly as servers do."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.sdk import Request
from connectors.sdk.errors import SourceBusy, SourceMissing, SourceRefused, SourceUnavailable
from connectors.sdk.http import HttpPoller, Limits, redacted, retry_after

Answer = tuple[int, dict[str, str], bytes]


class Server:
    """Answers with the given answers in turn, the last one again and again; remembers what was asked."""

    def __init__(self, *answers: Answer | Callable[[dict[str, str]], Answer]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.path, headers))
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                status, sent, body = answer(headers) if callable(answer) else answer
                self.send_response(status)
                for name, value in sent.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def serving(*answers: Answer | Callable[[dict[str, str]], Answer]) -> Iterator[Server]:
    server = Server(*answers)
    thread = threading.Thread(target=server.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.server.shutdown()
        server.server.server_close()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def poller(pauses: list[float]) -> HttpPoller:
    return HttpPoller(Limits(read_seconds=5), pause=pauses.append)


def test_an_answer_becomes_a_payload_without_secrets(poller: HttpPoller) -> None:
    answer = (
        200,
        {"ETag": '"1"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT", "Content-Type": "text/csv"},
        b"a,b",
    )
    with serving(answer) as server:
        url = server.origin.replace("//", "//user:pass@") + "/x?api_key=SECRET&day=2"
        request = Request(url, headers={"X-Key": "SECRET"}, secret_parameters={"token": "SECRET"})
        payload = poller.poll(request)
    assert payload is not None
    assert payload.content == b"a,b"
    assert payload.url == f"{server.origin}/x?api_key=***&day=2"
    assert payload.metadata == {"etag": '"1"', "last_modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
    assert payload.collected_at.tzinfo is UTC
    path, headers = server.asked[0]
    assert path == "/x?api_key=SECRET&day=2&token=SECRET"
    assert headers["x-key"] == "SECRET"
    assert "SECRET" not in repr(request).replace(url, "")


def test_an_unchanged_source_gives_no_payload(poller: HttpPoller) -> None:
    def conditional(headers: dict[str, str]) -> Answer:
        return (304, {}, b"") if headers.get("if-none-match") == '"1"' else (200, {"ETag": '"1"'}, b"a")

    with serving(conditional) as server:
        first = poller.poll(Request(server.origin))
        assert first is not None
        assert poller.poll(Request(server.origin), {"etag": '"1"'}) is None


def test_equal_content_without_validators_gives_no_payload(poller: HttpPoller) -> None:
    with serving((200, {}, b"same")) as server:
        first = poller.poll(Request(server.origin))
        assert first is not None
        assert poller.poll(Request(server.origin), {"payload_id": first.payload_id}) is None


def test_gzip_is_unpacked_and_a_bomb_becomes_a_refusal(poller: HttpPoller) -> None:
    with serving(
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"hello")),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(100_000_000))),
        (200, {"Content-Encoding": "br"}, b"??"),
    ) as server:
        good, bomb, strange = (poller.poll(Request(server.origin)) for _ in range(3))
    assert good is not None
    assert good.content == b"hello"
    assert bomb is not None
    assert bomb.refusal is not None
    assert bomb.refusal.rule == "too_large"
    assert strange is not None
    assert strange.refusal is not None
    assert strange.refusal.rule == "unreadable"


def test_an_answer_over_the_limit_becomes_a_refusal_with_its_beginning(pauses: list[float]) -> None:
    poller = HttpPoller(Limits(max_bytes=1_000_000), pause=pauses.append)
    with serving((200, {}, b"x" * 3_000_000)) as server:
        payload = poller.poll(Request(server.origin))
    assert payload is not None
    assert payload.refusal is not None
    assert payload.refusal.rule == "too_large"
    assert len(payload.content) == 64 * 1024 + 1


def test_errors_of_the_server_are_tried_again_with_growing_pauses(poller: HttpPoller, pauses: list[float]) -> None:
    with serving((500, {}, b""), (502, {}, b""), (503, {}, b""), (200, {}, b"at last")) as server:
        payload = poller.poll(Request(server.origin))
    assert payload is not None
    assert payload.content == b"at last"
    assert len(pauses) == 3
    assert all(low <= pause <= 2 * low for pause, low in zip(pauses, (0.5, 1.0, 2.0), strict=True))


def test_a_source_that_stays_down_is_a_retry_without_secrets(poller: HttpPoller) -> None:
    with serving((500, {}, b"")) as server, pytest.raises(SourceUnavailable) as caught:
        poller.poll(Request(f"{server.origin}/?key=SECRET", secret_parameters={"token": "SECRET"}))
    assert "SECRET" not in str(caught.value)
    assert len(server.asked) == 4


def test_a_refused_connection_is_a_retry_without_secrets(poller: HttpPoller) -> None:
    with serving((200, {}, b"")) as server:
        pass
    with pytest.raises(SourceUnavailable, match="did not answer") as caught:
        poller.poll(Request(server.origin, secret_parameters={"token": "SECRET"}))
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_short_retry_after_is_obeyed_and_a_long_one_is_handed_on(poller: HttpPoller, pauses: list[float]) -> None:
    with serving((429, {"Retry-After": "7"}, b""), (200, {}, b"ok")) as server:
        assert poller.poll(Request(server.origin)) is not None
    assert pauses == [7.0]
    with serving((503, {"Retry-After": "3600"}, b"")) as server, pytest.raises(SourceBusy) as caught:
        poller.poll(Request(server.origin))
    assert caught.value.retry_after == 3600.0
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None), ("12", 12.0), ("Mon, 01 Jan 2024 00:01:00 GMT", 60.0), ("Sun, 31 Dec 2023 00:00:00 GMT", 0.0),
        ("soon", None), ("-5", None), ("²", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, expected: float | None) -> None:
    assert retry_after(header, datetime(2024, 1, 1, tzinfo=UTC)) == expected


@pytest.mark.parametrize(
    ("status", "error"), [(401, SourceRefused), (403, SourceRefused), (404, SourceMissing), (410, SourceMissing)]
)
def test_a_refusal_stops_at_once_and_asks_for_configuration(
    poller: HttpPoller, status: int, error: type[Exception]
) -> None:
    with serving((status, {}, b"")) as server, pytest.raises(error, match=str(status)):
        poller.poll(Request(server.origin))
    assert len(server.asked) == 1


def test_redirects_are_followed_and_headers_stay_with_their_origin(poller: HttpPoller) -> None:
    with serving((200, {}, b"here")) as other, serving((302, {"Location": other.origin + "/y"}, b"")) as first:
        payload = poller.poll(Request(first.origin + "/x", headers={"X-Key": "SECRET"}))
    assert payload is not None
    assert payload.content == b"here"
    assert payload.url == first.origin + "/x"
    assert "x-key" in first.asked[0][1]
    assert "x-key" not in other.asked[0][1]


@pytest.mark.parametrize("location", ["/again", "file:///etc/passwd", ""])
def test_redirects_that_lead_nowhere_ask_for_configuration(poller: HttpPoller, location: str) -> None:
    with serving((302, {"Location": location} if location else {}, b"")) as server, pytest.raises(SourceMissing):
        poller.poll(Request(server.origin))


@pytest.mark.parametrize("url", ["not an address", "ftp://x/y", "http://[::1", "http://127.0.0.1:99999/"])
def test_an_unusable_address_asks_for_configuration(poller: HttpPoller, url: str) -> None:
    with pytest.raises(SourceMissing):
        poller.poll(Request(url))


def test_nothing_secret_is_logged(poller: HttpPoller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving((200, {}, b"x")) as server:
        poller.poll(Request(server.origin, headers={"X-Key": "SECRET"}, secret_parameters={"token": "SECRET"}))
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@h.example:8443/a?x=1&Access_Token=q#f", "https://h.example:8443/a?x=1&Access_Token=***"),
        ("https://h.example/a", "https://h.example/a"),
        ("http://[::1", "an unusable address"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert redacted(url) == shown
