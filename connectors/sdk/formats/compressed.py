"""Unpacking gzip without trusting it."""

from __future__ import annotations

import zlib

from connectors.sdk.errors import PayloadTooLarge, PayloadUnreadable

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_RATIO = 200
_RATIO_FREE_BYTES = 16 * 1024 * 1024
_STEP = 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def decompress(
    content: bytes, *, url: str = "", max_bytes: int = MAX_UNPACKED_BYTES, max_ratio: int = MAX_RATIO
) -> bytes:
    """Unpack gzip (all its members) while watching size and ratio, so that a bomb costs bounded memory.

    The ratio counts only above 16 MiB unpacked: small, very repetitive files are harmless.

    Raises:
        PayloadTooLarge: over ``max_bytes``, or over ``max_ratio`` times the packed size.
        PayloadUnreadable: not gzip, damaged or cut off.
    """
    parts: list[bytes] = []
    total = 0
    rest = content
    try:
        while rest:
            unpacker = zlib.decompressobj(_GZIP)
            while not unpacker.eof:
                part = unpacker.decompress(rest, _STEP)
                rest = unpacker.unconsumed_tail
                if not part and not rest and not unpacker.eof:
                    raise PayloadUnreadable(
                        f"gzip data of {url or 'the payload'} breaks off after {total} bytes; fetch it again",
                        url=url,
                        beginning=content[: 64 * 1024],
                    )
                parts.append(part)
                total += len(part)
                _judge(total, len(content), url, content, max_bytes, max_ratio)
            rest = unpacker.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise PayloadUnreadable(
            f"{url or 'the payload'} is not readable gzip ({error}); its name or header says it is",
            url=url,
            beginning=content[: 64 * 1024],
        ) from None
    return b"".join(parts)


def _judge(total: int, packed: int, url: str, content: bytes, max_bytes: int, max_ratio: int) -> None:
    bomb = total > _RATIO_FREE_BYTES and total > max_ratio * packed
    if total > max_bytes or bomb:
        raise PayloadTooLarge(
            f"{url or 'the payload'} unpacks from {packed} bytes to more than {total} bytes; "
            f"allowed are {max_bytes} bytes and {max_ratio} times the packed size",
            url=url,
            beginning=content[: 64 * 1024],
        )
