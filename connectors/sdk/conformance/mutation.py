"""Damages real payloads the way the world does, repeatably."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

MUTATION_SEED = 20_260_101
HOSTILE = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"\r", b"\r\n\r\n", b"NaN", b"1e999", b"-0",
    b"\xe9", b"9" * 400,
    b"2100-02-30 25:61:61", b"1899-12-31", b"1700000000000", b"=cmd|' /C calc'!A0", b"<script>alert(1)</script>",
    b"\xed\xa0\x80", "\u202e\u0000\U0001f4a9".encode(), b"{" * 80, b"[" * 2000, b"'; DROP TABLE silver; --", b",,,,",
)  # fmt: skip
_Mutation = Callable[[bytes, Random], bytes]


def mutated(content: bytes, random: Random, count: int, *, max_bytes: int = 20_000) -> Iterator[bytes]:
    """``count`` damaged versions of the beginning of the content, each by one to four strokes."""
    beginning = content[:max_bytes]
    for _ in range(count):
        damaged = beginning
        for _ in range(random.randint(1, 4)):
            damaged = random.choice(_MUTATIONS)(damaged, random)
        yield damaged


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 8)):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))]


def _drop(content: bytes, random: Random) -> bytes:
    start = random.randint(0, len(content))
    return content[:start] + content[start + random.randint(1, 200) :]


def _insert(content: bytes, random: Random) -> bytes:
    at = random.randint(0, len(content))
    return content[:at] + random.choice(HOSTILE) + content[at:]


def _repeat(content: bytes, random: Random) -> bytes:
    start = random.randint(0, len(content))
    part = content[start : start + random.randint(1, 400)]
    return content[:start] + part * random.randint(2, 5) + content[start:]


def _replace_field(content: bytes, random: Random) -> bytes:
    """Another value where one field of a delimited line stands."""
    separator = random.choice((b",", b";", b"\t", b":", b'"'))
    parts = content.split(separator)
    parts[random.randrange(len(parts))] = random.choice(HOSTILE)
    return separator.join(parts)


def _swap_lines(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


_MUTATIONS: tuple[_Mutation, ...] = (_flip, _cut, _drop, _insert, _repeat, _replace_field, _swap_lines)
