"""Arrays as one block: a header of JSON, then the arrays, aligned, so that a file of it is read in place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_ALIGN = 64


def to_block(magic: bytes, told: Mapping[str, object], arrays: Sequence[npt.NDArray[Any]]) -> bytes:
    """Give arrays and what is told of them as one block.

    Args:
        magic: first bytes, naming kind and version.
        told: what else the header says; JSON.
        arrays: of any shape and numeric type.
    """
    places: list[dict[str, object]] = []
    body = bytearray()
    for array in arrays:
        body.extend(b"\0" * (-len(body) % _ALIGN))
        places.append({"dtype": array.dtype.str, "shape": array.shape, "offset": len(body)})
        body.extend(np.ascontiguousarray(array).tobytes())
    header = json.dumps({**told, "arrays": places, "size": len(body)}).encode()
    prefix = magic + len(header).to_bytes(8, "little") + header
    return prefix + b"\0" * (-len(prefix) % _ALIGN) + bytes(body)


def from_block(
    block: bytes | memoryview, magic: bytes, noun: str, error: type[ValueError]
) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """Read a block written by `to_block` without copying its arrays.

    Args:
        block: the whole block.
        magic: expected first bytes.
        noun: what is stored, for messages.
        error: what to raise.

    Returns:
        The header and the arrays, in order.

    Raises:
        error: the block has other first bytes, or is cut short.
    """
    view = memoryview(block).cast("B")
    found = bytes(view[: len(magic)])
    if found != magic:
        raise error(f"stored {noun} starts with {found!r}: expected {magic!r}; build and save it again")
    start = len(magic) + 8
    length = int.from_bytes(view[len(magic) : start], "little")
    body = start + length + (-(start + length) % _ALIGN)
    if len(view) < body:
        raise error(f"stored {noun} has {len(view)} bytes: expected {body} before its arrays; build and save it again")
    header = json.loads(bytes(view[start : start + length]))
    if len(view) - body != header["size"]:
        raise error(
            f"stored {noun} has {len(view) - body} bytes of arrays: expected {header['size']}; build and save it again"
        )
    arrays = []
    for place in header["arrays"]:
        flat = np.frombuffer(view, place["dtype"], math.prod(place["shape"]), body + place["offset"])
        arrays.append(flat.reshape(place["shape"]))
    return header, arrays
