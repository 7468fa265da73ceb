"""Plays recordings of an HTTP source through a real server on the loopback interface."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from connectors.sdk.connector import PollingConnector, SourceConnector, read_payload
from connectors.sdk.errors import FixtureMissing
from connectors.sdk.http import HttpPoller
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.runner import Progress, RunReport, Sink, run_once
from connectors.sdk.transports import transport_of

_CONTENT_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xml": "application/xml",
    ".pb": "application/x-protobuf",
    ".tab": "text/tab-separated-values",
}


class Playback:
    """Answers any path with the recordings in turn, as the source answered from poll to poll.

    The last recording stays: asked for again with its ETag it is 304. Recordings that end in ``.gz`` go out
    with ``Content-Encoding: gzip``, byte for byte. Use it as a context manager; ``origin`` goes to
    ``HttpPoller(origin=…)``.
    """

    def __init__(self, recordings: Sequence[Path], *, first: int = 0) -> None:
        """Read the recordings; ``first`` is the one to answer with first."""
        self.recordings = tuple(recordings)
        if not self.recordings:
            raise FixtureMissing("there is no recording to play; list at least one under `recordings` of the source")
        self.bodies = [path.read_bytes() for path in self.recordings]
        self._turn = first
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def turn(self, known_tag: str | None) -> tuple[int, str, bool]:
        """Number and ETag of the recording to answer with, and whether the client has it already."""
        with self._lock:
            number = self._turn
            tag = f'"{sha256(self.bodies[number]).hexdigest()[:16]}"'
            self._turn = min(number + 1, len(self.bodies) - 1)
            return number, tag, known_tag == tag

    def __enter__(self) -> Playback:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def play(
    connector: SourceConnector, sink: Sink, offsets: OffsetStore, *, progress: Progress | None = None
) -> RunReport:
    """Read every recording of the source's settings once, in order, whatever the source is read through when it lives.

    Those of a polled source are polled over real HTTP; the lineage keeps the source's own address. Those of another are
    read as files, one payload each. Recordings that were read are not read again.
    """
    if not isinstance(connector, PollingConnector) or transport_of(connector) != "http":
        return run_once(connector, sink, offsets, progress=progress, is_recorded=True)
    recordings = connector.source.recordings
    total = RunReport(connector.name)
    first = _first_unplayed(connector, offsets)
    with Playback(recordings, first=min(first, max(len(recordings) - 1, 0))) as server:
        poller = HttpPoller(origin=server.origin)
        for _ in range(max(1, len(recordings) - first)):
            before = total.read
            step = (lambda read, before=before: progress(before + read)) if progress else None
            total.add(run_once(connector, sink, offsets, progress=step, poller=poller))
    return total


def _first_unplayed(connector: PollingConnector, offsets: OffsetStore) -> int:
    known = {entry.get("payload_id") for entry in offsets.load(connector.name).values() if isinstance(entry, dict)}
    played = [
        number for number, path in enumerate(connector.source.recordings) if read_payload(path).payload_id in known
    ]
    return max(played, default=-1) + 1


def _handler(playback: Playback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            number, tag, is_known = playback.turn(self.headers.get("If-None-Match"))
            path, body = playback.recordings[number], playback.bodies[number]
            if is_known:
                self.send_response(HTTPStatus.NOT_MODIFIED)
                self.send_header("ETag", tag)
                self.end_headers()
                return
            is_packed = path.suffix == ".gz"
            if is_packed and "gzip" not in self.headers.get("Accept-Encoding", ""):
                body, is_packed = gzip.decompress(body), False
            self.send_response(HTTPStatus.OK)
            self.send_header("ETag", tag)
            self.send_header("X-Recording", path.name)
            kind = Path(path.name.removesuffix(".gz")).suffix
            self.send_header("Content-Type", _CONTENT_TYPES.get(kind, "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            if is_packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: the poller reports what matters."""

    return Handler
