"""Keeps messages on disk, in order, while the broker is away.

One append-only file of frames (length, CRC-32 of the body, CRC-32 of these two, body) and a small file with the
position up to which frames are acknowledged. Both survive a killed process: a frame cut off at the end was
never promised to anyone and is dropped; a damaged frame before others is an error, never skipped.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from connectors.sdk.envelope import Message
from connectors.sdk.errors import BrokerUnavailable, SpoolDamaged, SpoolInUse
from connectors.sdk.offsets import write_atomically

_FRAME = struct.Struct("<III")
_LENGTH = struct.Struct("<I")


class Spool:
    """The spool of one sink; held by one process at a time."""

    def __init__(self, path: Path, *, max_bytes: int = 2 * 1024**3) -> None:
        """Open or make the spool and find what is waiting in it.

        Raises:
            SpoolInUse: another process holds it.
            SpoolDamaged: a frame before the last does not match its checksum.
        """
        self.path = path
        self.max_bytes = max_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise SpoolInUse(f"{path} is held by another process; run each connector once at a time") from None
        self._position = self._read_position()
        self._end = self._position
        self.waiting = sum(1 for _ in self._frames())
        self._file.truncate(self._end)
        self._is_synced = True

    def append(self, message: Message) -> None:
        """Add a message at the end; it is safe after ``sync``.

        Raises:
            BrokerUnavailable: the spool is at its limit.
        """
        body = _packed(message)
        if self._end - self._position + len(body) > self.max_bytes:
            raise BrokerUnavailable(
                f"the broker is away and {self.path} holds {self.waiting} messages, "
                f"its limit of {self.max_bytes} bytes; start the broker, the source is read on from where it was left"
            )
        self._file.seek(0, os.SEEK_END)
        self._file.write(_head(body) + body)
        self._end += _FRAME.size + len(body)
        self.waiting += 1
        self._is_synced = False

    def sync(self) -> None:
        """Return once everything appended would survive a power cut."""
        if not self._is_synced:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._is_synced = True

    def messages(self) -> Iterator[tuple[Message, int]]:
        """Waiting messages in order, each with the position to acknowledge once the broker has it."""
        self._file.flush()
        yield from self._frames()

    def acknowledge(self, position: int, count: int) -> None:
        """Forget the ``count`` messages before ``position``; the file is emptied when none waits."""
        self._position = position
        self.waiting -= count
        if self._position >= self._end:
            self._file.truncate(0)
            os.fsync(self._file.fileno())
            self._position = self._end = 0
        write_atomically(self._position_path, str(self._position).encode())

    def close(self) -> None:
        """Make what waits safe and let go of the file."""
        self.sync()
        self._file.close()

    @property
    def _position_path(self) -> Path:
        return self.path.with_name(self.path.name + ".position")

    def _read_position(self) -> int:
        size = self.path.stat().st_size
        try:
            written = int(self._position_path.read_bytes())
        except FileNotFoundError:
            return 0
        except ValueError:
            raise SpoolDamaged(self._damage(0, "the position file beside it holds no number")) from None
        # the file is emptied before the position: a crash in between leaves an old position behind
        return written if written <= size else 0

    def _frames(self) -> Iterator[tuple[Message, int]]:
        """Whole frames from the position on; sets the end behind the last of them."""
        at = self._position
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            file.seek(at)
            while at < size:
                head = file.read(_FRAME.size)
                if len(head) < _FRAME.size:
                    return
                length, checksum, head_checksum = _FRAME.unpack(head)
                if zlib.crc32(head[:8]) != head_checksum:
                    if not head.strip(b"\0") and not file.read().strip(b"\0"):
                        return  # space the disk gave but the process never filled
                    raise SpoolDamaged(self._damage(at, "the checksum of a frame's head does not match"))
                body = file.read(length)
                after = at + _FRAME.size + length
                if len(body) < length or (after == size and zlib.crc32(body) != checksum):
                    return
                if zlib.crc32(body) != checksum:
                    raise SpoolDamaged(self._damage(at, "the checksum of a frame does not match"))
                at = after
                self._end = max(self._end, at)
                yield _unpacked(body), at

    def _damage(self, at: int, what: str) -> str:
        return (
            f"{self.path} is damaged at byte {at}: {what}. Move it and its .position file away to go on; "
            "messages in it that the broker never got come again when the source's offset file is deleted"
        )


def _head(body: bytes) -> bytes:
    facts = struct.pack("<II", len(body), zlib.crc32(body))
    return facts + _LENGTH.pack(zlib.crc32(facts))


def _packed(message: Message) -> bytes:
    parts = [message.topic.encode(), message.key, message.value]
    for name, value in message.headers:
        parts += [name.encode(), value]
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def _unpacked(body: bytes) -> Message:
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size + length
        parts.append(body[at - length : at])
    topic, key, value, *headers = parts
    pairs = zip(headers[::2], headers[1::2], strict=True)
    return Message(topic.decode(), key, value, tuple((name.decode(), content) for name, content in pairs))
