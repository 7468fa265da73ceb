"""Opens archives without trusting them: what they name is never a place, and what they unpack to is watched."""

from __future__ import annotations

import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from connectors.sdk.errors import PayloadTooLarge, PayloadUnreadable
from connectors.sdk.formats.compressed import MAX_RATIO, MAX_UNPACKED_BYTES, decompress

MAX_MEMBERS = 10_000
SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar", ".gz")
_RATIO_FREE_BYTES = 16 * 1024 * 1024
_STEP = 1024 * 1024
_KEPT = 64 * 1024
_NESTED = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError,
           ValueError, tarfile.TarError)  # fmt: skip


def members(
    content: bytes,
    *,
    url: str = "",
    max_bytes: int = MAX_UNPACKED_BYTES,
    max_members: int = MAX_MEMBERS,
    max_ratio: int = MAX_RATIO,
) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of a zip, tar or tar.gz, or of the one file of a gz, in the archive's order.

    Names are judged before anything is given out; one member is in memory at a time. The ratio counts only above
    16 MiB unpacked.

    Raises:
        PayloadTooLarge: more members, or more bytes, than allowed, or a bomb.
        PayloadUnreadable: no archive, damaged, encrypted, or with members that are links, devices, archives themselves,
            named twice, or named outside of the archive.
    """
    if content.startswith(_ZIP):
        yield from _zip(content, url, max_bytes, max_members, max_ratio)
    elif content.startswith(_GZIP):
        inside = decompress(content, url=url, max_bytes=max_bytes, max_ratio=max_ratio)
        if _is_tar(inside):
            yield from _tar(inside, content, url, max_members)
        else:
            name = PurePosixPath(url.removeprefix("file:")).name.removesuffix(".gz") or "content"
            _judge_nested(name, inside, content, url)
            yield name, inside
    elif _is_tar(content):
        yield from _tar(content, content, url, max_members)
    else:
        raise _unreadable("is no zip, tar or gzip archive; its name says it is one", content, url)


def _zip(content: bytes, url: str, max_bytes: int, max_members: int, max_ratio: int) -> Iterator[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except _BROKEN as error:
        raise _unreadable(f"is no readable zip ({type(error).__name__})", content, url) from None
    _judge_names([entry.filename for entry in entries], content, url, max_members)
    for entry in entries:
        if entry.flag_bits & 1:
            raise _unreadable(f"has the encrypted member {entry.filename!r}; expected it open", content, url)
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise _unreadable(f"has the member {entry.filename!r}, which is a link or device", content, url)
    _judge_size(sum(entry.file_size for entry in entries), content, url, max_bytes, max_ratio)
    total = 0
    for entry in entries:
        parts: list[bytes] = []
        try:
            with archive.open(entry) as file:
                for part in _parts(file):
                    total += len(part)
                    _judge_size(total, content, url, max_bytes, max_ratio)
                    parts.append(part)
        except _BROKEN as error:
            problem = f"has the damaged member {entry.filename!r} ({type(error).__name__})"
            raise _unreadable(problem, content, url) from None
        found = b"".join(parts)
        _judge_nested(entry.filename, found, content, url)
        yield entry.filename, found


def _tar(unpacked: bytes, content: bytes, url: str, max_members: int) -> Iterator[tuple[str, bytes]]:
    entries: list[tarfile.TarInfo] = []
    try:
        archive = tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:")  # noqa: SIM115 - memory only
        for entry in archive:
            if len(entries) > max_members:
                break
            if not entry.isdir():
                entries.append(entry)
    except _BROKEN as error:
        raise _unreadable(f"is no readable tar ({type(error).__name__})", content, url) from None
    _judge_names([entry.name for entry in entries], content, url, max_members)
    for entry in entries:
        if not entry.isreg() or entry.sparse is not None:
            raise _unreadable(f"has the member {entry.name!r}, which is a link, device or sparse file", content, url)
    for entry in entries:
        try:
            file = archive.extractfile(entry)
            found = file.read() if file is not None else b""
        except _BROKEN as error:
            raise _unreadable(f"has the damaged member {entry.name!r} ({type(error).__name__})", content, url) from None
        if len(found) != entry.size:
            raise _unreadable(f"breaks off in the member {entry.name!r}; fetch it again", content, url)
        _judge_nested(entry.name, found, content, url)
        yield entry.name, found


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(_STEP):
        yield part


def _is_tar(content: bytes) -> bool:
    return content[257:262] == b"ustar"


def _judge_names(names: list[str], content: bytes, url: str, max_members: int) -> None:
    if len(names) > max_members:
        raise PayloadTooLarge(
            f"{url or 'the archive'} has more than {max_members} members; cut it into several", url=url,
            beginning=content[:_KEPT],
        )  # fmt: skip
    seen: set[str] = set()
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\0" in name or (path.parts[:1] and path.parts[0].endswith(":")):
            raise _unreadable(f"has the member {name[:200]!r}, which is named outside of the archive", content, url)
        if str(path) in seen:
            raise _unreadable(f"has the member {name[:200]!r} twice; expected each once", content, url)
        seen.add(str(path))


def _judge_size(total: int, content: bytes, url: str, max_bytes: int, max_ratio: int) -> None:
    bomb = total > _RATIO_FREE_BYTES and total > max_ratio * len(content)
    if total > max_bytes or bomb:
        raise PayloadTooLarge(
            f"{url or 'the archive'} unpacks from {len(content)} bytes to {total} bytes or more; allowed are "
            f"{max_bytes} bytes and {max_ratio} times the packed size",
            url=url,
            beginning=content[:_KEPT],
        )


def _judge_nested(name: str, found: bytes, content: bytes, url: str) -> None:
    """Archives in archives are refused; workbooks and the like, which are zips inside, are not archives by name."""
    is_plain_zip = found.startswith(_ZIP) and not PurePosixPath(name).suffix
    if name.lower().endswith(_NESTED) or found.startswith(_GZIP) or is_plain_zip:
        raise _unreadable(f"has the member {name[:200]!r}, which is an archive itself; unpack it first", content, url)


def _unreadable(problem: str, content: bytes, url: str) -> PayloadUnreadable:
    return PayloadUnreadable(f"{url or 'the archive'} {problem}", url=url, beginning=content[:_KEPT])
