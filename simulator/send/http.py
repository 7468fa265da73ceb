"""As a server that connectors ask, ``http://127.0.0.1:8080/``: it answers with the newest messages as one file."""

from __future__ import annotations

import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from simulator.send import Address

MOST = 2_000
"""Messages an answer holds; what is older has been asked for."""


class Sender:
    """A server in a thread of its own."""

    def __init__(self, address: Address) -> None:
        """Listen."""
        newest: deque[bytes] = deque(maxlen=address.most or MOST)
        self.newest = newest

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name that http.server calls
                content = address.packed(list(newest)) if newest else b""
                self.send_response(200 if newest else 503)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the program has other things to show."""

        self.server = ThreadingHTTPServer((address.host, address.port(0)), Answer)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server.server_address[1])

    def send(self, content: bytes) -> None:
        """Take the message into the next answers."""
        self.newest.append(content)

    def clear(self) -> None:
        """Forget what was told: the next answer holds only what is told from now on."""
        self.newest.clear()

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
