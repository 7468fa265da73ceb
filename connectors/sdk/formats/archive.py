"""Zip archives, read without trusting them, and the tables inside."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from connectors.sdk.element import Decoded, Element, refused
from connectors.sdk.errors import PayloadTooLarge, PayloadUnreadable, Skip
from connectors.sdk.formats.format import Format

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_MEMBERS = 5_000
MAX_RATIO = 200
_RATIO_FREE_BYTES = 16 * 1024 * 1024
_STEP = 1024 * 1024
_ENTRY, _END = b"PK\x01\x02", b"PK\x05\x06"
_ENCRYPTED = 0x1
_BEGINNING = 64 * 1024
_DAMAGED = (BadZipFile, ZlibError, EOFError, OSError, ValueError, OverflowError, RuntimeError, struct.error)
_JUNK = ("__MACOSX/", "._", ".DS_Store")


def members(
    content: bytes,
    *,
    url: str = "",
    max_bytes: int = MAX_UNPACKED_BYTES,
    max_members: int = MAX_MEMBERS,
    max_ratio: int = MAX_RATIO,
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in the archive, lazily and in its order; folders are left out.

    Everything the directory says is judged before the first byte is unpacked, and the running size while unpacking, so
    that a bomb costs bounded time and memory. The ratio counts only above 16 MiB. A zip inside the zip comes out
    as its bytes and is never opened.

    Raises:
        PayloadTooLarge: too many members, over ``max_bytes`` together, or over ``max_ratio`` times the packed size.
        PayloadUnreadable: no zip, damaged, cut off, encrypted, another compression than deflate, two members of one
            name, or a name that leads out of the archive (absolute, ``..``, backslash, drive).
    """
    opening = _Opening(content, url or "the payload", max_bytes, max_members, max_ratio)
    total = 0
    try:
        with ZipFile(BytesIO(content)) as archive:
            for info in opening.judged(archive.infolist()):
                unpacked = opening.read(archive, info, total)
                total += len(unpacked)
                yield info.filename, unpacked
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
        seen: set[str] = set()
        for info in infos:
            self._judge(info)
            if info.filename in seen:
                raise self.unreadable(f"has two members named {info.filename!r}; which one is meant nobody knows")
            seen.add(info.filename)
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

    def _judge(self, info: ZipInfo) -> None:
        name = info.orig_filename
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or parts[0].endswith(":"):
            raise self.unreadable(f"has a member named {name[:100]!r}, which leads out of the archive")
        if info.flag_bits & _ENCRYPTED:
            raise self.unreadable(f"has an encrypted member, {name[:100]!r}; ask the source for an open archive")
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise self.unreadable(
                f"packs {name[:100]!r} by method {info.compress_type}; expected 0 (stored) or 8 (deflate)"
            )
        self._judge_size(info.file_size, info.compress_size, repr(name[:100]))

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


@dataclass(frozen=True)
class ArchiveFormat(Format):
    """Tables inside one zip: ``tables`` maps a member's name, or a pattern such as ``*.xml``, to its own format.

    An element is ``{"member": <name>, "line": <value>}``. Its text is the member's name on a line of its own, then
    what the inner format keeps, so that an element can be read again alone. Names count without their folder, and a
    name told apart by its folder alone is refused. Members that ``tables`` does not name are no part of the format.
    ``required`` lists groups of names; when no member of a group is there, one element is refused, rule ``shape``.
    """

    tables: Mapping[str, Format]
    required: tuple[tuple[str, ...], ...] = ()
    max_bytes: int = MAX_UNPACKED_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every element of every table, member by member."""
        seen: list[str] = []
        try:
            for path, unpacked in members(content, max_bytes=self.max_bytes):
                name = path.rpartition("/")[2]
                table = None if path.startswith(_JUNK) or name.startswith(_JUNK) else self._table(name)
                if table is None:
                    continue
                if name in seen and name in self.tables:
                    yield _misshapen(path, f"The archive holds {name!r} in two folders; expected it once.", name)
                    continue
                seen.append(name)
                yield from _elements(name, table, unpacked)
        except Skip as skip:
            yield refused(skip.rule, content, str(skip))
            return
        for group in self.required:
            if not any(fnmatchcase(name, wanted) for name in seen for wanted in group):
                wanted = " or ".join(group)
                has = ", ".join(seen)
                yield _misshapen(has, f"The archive lacks {wanted}; it has {has[:300] or 'no table'}.", group[0])

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of a kept text."""
        name, _, kept = text.partition("\n")
        table = self._table(name)
        if table is None:
            return refused("shape", text.encode(), f"Expected a member's name in the first line, found {name[:100]!r}.")
        return _named(name, table, table.reread(kept))

    def _table(self, name: str) -> Format | None:
        found = self.tables.get(name)
        return found or next((table for wanted, table in self.tables.items() if fnmatchcase(name, wanted)), None)


def _elements(name: str, table: Format, content: bytes) -> Iterator[Decoded]:
    head = f"{name}\n{table.head(content)}".encode()
    for found in table.decode(content):
        if found.violations:
            yield Decoded(None, head + found.raw, found.violations)
        else:
            yield _named(name, table, found)


def _named(name: str, table: Format, found: Decoded) -> Decoded:
    if found.violations:
        return Decoded(None, f"{name}\n".encode() + found.raw, found.violations)
    kept = table.text(Element(found.value, found.raw, 0))
    return Decoded({"member": name, "line": found.value}, f"{name}\n{kept}".encode())


def _misshapen(names: str, message: str, column: str) -> Decoded:
    return refused("shape", (names or "an archive without tables").encode(), message, column=column)
