"""Zip archives, read without trusting them."""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from connectors.sdk.errors import PayloadTooLarge, PayloadUnreadable

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_MEMBERS = 5_000
MAX_RATIO = 200
_RATIO_FREE_BYTES = 16 * 1024 * 1024
_STEP = 1024 * 1024
_ENTRY, _END = b"PK\x01\x02", b"PK\x05\x06"
_ENCRYPTED = 0x1
_BEGINNING = 64 * 1024
_DAMAGED = (BadZipFile, ZlibError, EOFError, OSError, ValueError, OverflowError, RuntimeError, struct.error)


def members(
    content: bytes,
    *,
    url: str = "",
    max_bytes: int = MAX_UNPACKED_BYTES,
    max_members: int = MAX_MEMBERS,
    max_ratio: int = MAX_RATIO,
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in the zip, lazily and in its order; folders are left out.

    A backslash, which some software of Windows writes, separates folders as a slash does. Everything
    the directory says is judged before the first byte is unpacked, and the running size while unpacking, so that a bomb
    costs bounded time and memory. The ratio counts only above 16 MiB. A zip inside the zip comes out as its bytes and
    is never opened.

    Raises:
        PayloadTooLarge: too many members, over ``max_bytes`` together, or over ``max_ratio`` times the packed size.
        PayloadUnreadable: no zip, damaged, cut off, encrypted, another compression than deflate, two members of one
            name, a link or device, or a name that leads out of the archive (absolute, ``..``, drive).
    """
    opening = _Opening(content, url or "the payload", max_bytes, max_members, max_ratio)
    total = 0
    try:
        with ZipFile(BytesIO(content)) as archive:
            for info in opening.judged(archive.infolist()):
                unpacked = opening.read(archive, info, total)
                total += len(unpacked)
                yield info.filename.replace("\\", "/"), unpacked
    except _DAMAGED as error:
        raise opening.unreadable(f"is not a readable zip ({error}); fetch it again") from None


@dataclass(frozen=True)
class _Opening:
    """One archive with its limits."""

    content: bytes
    url: str
    max_bytes: int
    max_members: int
    max_ratio: int

    def __post_init__(self) -> None:
        """Count the entries of the directory before anything is made of them."""
        end = self.content.rfind(_END)
        size = int.from_bytes(self.content[end + 12 : end + 16], "little") if end >= 0 else 0
        entries = self.content.count(_ENTRY, max(0, end - size) if size < 0xFFFFFFFF else 0, max(end, 0))
        if entries > self.max_members:
            raise self.too_large(f"has {entries} members; allowed are {self.max_members}")

    def judged(self, infos: list[ZipInfo]) -> list[ZipInfo]:
        """The files of the directory, when nothing about it is wrong."""
        if len(infos) > self.max_members:
            raise self.too_large(f"has {len(infos)} members; allowed are {self.max_members}")
        seen: set[PurePosixPath] = set()
        for info in infos:
            path = self._judge(info)
            if path in seen:
                raise self.unreadable(f"has two members named {str(path)[:100]!r}; which one is meant nobody knows")
            seen.add(path)
        self._judge_size(sum(info.file_size for info in infos), len(self.content), "its members")
        return [info for info in infos if not info.is_dir()]

    def read(self, archive: ZipFile, info: ZipInfo, before: int) -> bytes:
        """One member; it is cut off where its own directory entry says it ends."""
        parts: list[bytes] = []
        total = before
        with archive.open(info) as file:
            while part := file.read(_STEP):
                parts.append(part)
                total += len(part)
                self._judge_size(total, len(self.content), "its members")
        return b"".join(parts)

    def _judge(self, info: ZipInfo) -> PurePosixPath:
        name = info.orig_filename
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\0" in name or (path.parts and path.parts[0].endswith(":")):
            raise self.unreadable(f"has a member named {name[:100]!r}, which leads out of the archive")
        if info.flag_bits & _ENCRYPTED:
            raise self.unreadable(f"has an encrypted member, {name[:100]!r}; ask the source for an open archive")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self.unreadable(f"has the member {name[:100]!r}, which is a link or device; expected files")
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise self.unreadable(
                f"packs {name[:100]!r} by method {info.compress_type}; expected 0 (stored) or 8 (deflate)"
            )
        self._judge_size(info.file_size, info.compress_size, repr(name[:100]))
        return path

    def _judge_size(self, total: int, packed: int, what: str) -> None:
        if total > self.max_bytes or (total > _RATIO_FREE_BYTES and total > self.max_ratio * packed):
            raise self.too_large(
                f"unpacks {what} from {packed} bytes to {total} bytes or more; "
                f"allowed are {self.max_bytes} bytes and {self.max_ratio} times the packed size"
            )

    def too_large(self, why: str) -> PayloadTooLarge:
        return PayloadTooLarge(f"{self.url} {why}", url=self.url, beginning=self.content[:_BEGINNING])

    def unreadable(self, why: str) -> PayloadUnreadable:
        return PayloadUnreadable(f"{self.url} {why}", url=self.url, beginning=self.content[:_BEGINNING])
