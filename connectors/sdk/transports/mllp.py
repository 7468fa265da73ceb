r"""HL7 v2 over MLLP: ``mllp://0.0.0.0:2575`` listens there, ``mllps://…`` with TLS.

One message at a time per sender: the next one is read when the last is answered. ``AA`` goes out when every record of
the message is safe, ``AE`` when the message is no HL7 or was refused (it is in the dead letters, telling it again would
not help), ``AR`` when it is over the limit. Without an answer the sender tells it again, and the same content has the
same identifiers.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sdk.errors import BadSetting
from connectors.sdk.transports.channel import Channel, message, pushed, too_large
from connectors.sdk.transports.mllp_frames import Frame, Frames, acknowledgement, header_of
from connectors.sdk.transports.reading import Batch, Delivery, Reading
from schemas.check import Violation

_MAX_BYTES = 1024 * 1024
_STEP_SECONDS = 0.2
_ANSWER_SECONDS = 5.0
_RECEIVE_BYTES = 64 * 1024


def batches(reading: Reading) -> Iterator[Batch]:
    """Messages as senders bring them."""
    return pushed(reading, MllpChannel)


@dataclass
class _Exchange:
    """A message whose sender waits for the answer."""

    frame: Frame
    sender: socket.socket
    is_answered: threading.Event


class MllpChannel(Channel):
    """A listening socket, and one thread for each sender up to ``senders``."""

    def __init__(self, reading: Reading) -> None:
        """Listen.

        Raises:
            BadSetting: the address cannot be listened on, or another setting cannot work.
        """
        options = reading.options
        self.address = options.address()
        self.tell = reading.tell
        self.max_bytes = options.count("max_bytes", _MAX_BYTES)
        self.silence_seconds = options.number("sender_idle_seconds", 300.0, low=0.05)
        self.frame_seconds = options.number("frame_seconds", 60.0, low=0.05)
        self.senders = options.count("senders", 32, high=1000)
        self._context = options.server_tls(self.address)
        self._arrived: queue.Queue[Delivery] = queue.Queue()
        self._stop = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._server = self._listen()
        self.port: int = self._server.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name=f"mllp-{self.port}", daemon=True)
        self._accepting.start()

    def receive(self, seconds: float) -> Delivery | None:
        """The next message of any sender."""
        try:
            return self._arrived.get(block=seconds > 0, timeout=seconds or None)
        except queue.Empty:
            return None

    def acknowledge(self, batch: Batch) -> None:
        """Answer each message; a sender that has gone will tell it again."""
        for delivery in batch:
            exchange: _Exchange = delivery.token
            code, text = _verdict(exchange.frame, delivery.refusal)
            with contextlib.suppress(OSError):
                exchange.sender.sendall(acknowledgement(exchange.frame.content, code, text))
            exchange.is_answered.set()

    def close(self) -> None:
        """Stop listening and let go of the senders; who has no answer tells the message again."""
        self._stop.set()
        self._accepting.join()
        self._server.close()
        for thread in tuple(self._threads):
            thread.join()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address.host else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((self.address.host, self.address.port))
            server.listen(self.senders)
            server.settimeout(_STEP_SECONDS)
        except OSError as error:
            server.close()
            raise BadSetting(
                f"{self.address.shown} cannot be listened on ({error.strerror or type(error).__name__}); end the "
                "program that holds the port, or set an address and port of this machine in `url`"
            ) from None
        return server

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                sender, peer = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                self._stop.wait(_STEP_SECONDS)
                continue
            if len(self._threads) >= self.senders:
                self.tell(f"{self.address.shown} has {self.senders} senders, its limit; {peer[0]} was turned away")
                sender.close()
                continue
            thread = threading.Thread(target=self._serve, args=(sender, peer[0]), daemon=True)
            self._threads.add(thread)
            thread.start()

    def _serve(self, sender: socket.socket, peer: str) -> None:
        try:
            sender.settimeout(_ANSWER_SECONDS)
            if self._context is not None:
                sender = self._context.wrap_socket(sender, server_side=True)
            self._read(sender, peer)
        except (OSError, ssl.SSLError) as error:
            if not self._stop.is_set():
                self.tell(f"{self.address.shown}: the connection of {peer} broke off ({type(error).__name__})")
        finally:
            sender.close()
            self._threads.discard(threading.current_thread())

    def _read(self, sender: socket.socket, peer: str) -> None:
        frames = Frames(self.max_bytes)
        heard = began = time.monotonic()
        while not self._stop.is_set():
            sender.settimeout(min(_STEP_SECONDS, self.silence_seconds, self.frame_seconds))
            try:
                part = sender.recv(_RECEIVE_BYTES)
            except TimeoutError:
                part = None
            now = time.monotonic()
            if part == b"":
                return
            if part:
                heard = now
                sender.settimeout(_ANSWER_SECONDS)
                for frame in frames.feed(part):
                    if not self._exchanged(frame, sender, peer):
                        return
                    heard = began = time.monotonic()
                if frames.dropped:
                    self.tell(f"{self.address.shown}: {frames.dropped} bytes of {peer} outside of a frame were dropped")
                    frames.dropped = 0
            if not frames.is_inside:
                began = time.monotonic()
            if now - heard > self.silence_seconds or now - began > self.frame_seconds:
                self.tell(f"{self.address.shown}: {peer} was silent or did not end its message; it was disconnected")
                return

    def _exchanged(self, frame: Frame, sender: socket.socket, peer: str) -> bool:
        """Hand a message over and wait until it is answered; ``False`` when reading ends first."""
        header = header_of(frame.content)
        refusal = too_large(self.address.shown, self.max_bytes) if frame.is_too_large else None
        if header is None and refusal is None:
            refusal = Violation(
                rule="unreadable",
                column="",
                value="",
                message=f"a message of {self.address.shown} does not begin with MSH; expected HL7 version 2 in ER7",
            )
        metadata = {"transport": "mllp", "sender": peer}
        if header is not None and len(header) > 9:
            metadata["control_id"] = header[9][:199].decode("utf-8", "backslashreplace")
        payload = message(
            frame.content,
            self.address.shown,
            metadata,
            max_bytes=self.max_bytes,
            content_type="x-application/hl7-v2+er7",
            refusal=refusal,
        )
        exchange = _Exchange(frame, sender, threading.Event())
        self._arrived.put(Delivery(payload, token=exchange))
        while not exchange.is_answered.wait(_STEP_SECONDS):
            if self._stop.is_set():
                return exchange.is_answered.is_set()
        return True


def _verdict(frame: Frame, refusal: str) -> tuple[str, str]:
    if frame.is_too_large:
        return "AR", "message too large"
    if header_of(frame.content) is None:
        return "AE", "no MSH segment"
    return ("AE", refusal) if refusal else ("AA", "")
