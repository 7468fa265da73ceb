"""To an HL7 listener, ``mllp://host:2575``: one message in a frame, then its answer."""

from __future__ import annotations

import socket

from simulator.send import Address

START, END = b"\x0b", b"\x1c\r"
ANSWER_SECONDS = 60.0


class Sender:
    """One connection."""

    def __init__(self, address: Address) -> None:
        """Connect."""
        self.url = address.url
        self.connection = socket.create_connection((address.host, address.port(2575)), timeout=ANSWER_SECONDS)

    def send(self, content: bytes) -> None:
        """Send and wait for the answer; AE says that the content was refused, and telling it again would not help.

        Raises:
            OSError: the listener closed the connection, or rejected the message.
        """
        self.connection.sendall(START + content + END)
        answer = b""
        while not answer.endswith(END):
            part = self.connection.recv(4096)
            if not part:
                raise OSError(f"{self.url} closed the connection without an answer; see the listener's log")
            answer += part
        if b"MSA|AA" not in answer and b"MSA|AE" not in answer:
            raise OSError(f"{self.url} rejected a message: {answer[:200]!r}; see the listener's log")

    def close(self) -> None:
        """Hang up."""
        self.connection.close()
