"""Linear-time sorting by small whole numbers: reports and parts are numbered from 0, so nothing need be compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.spatial.compiled import compiled

Longs = NDArray[np.int64]


def grouped(keys: Longs, count: int) -> tuple[Longs, Longs]:
    """Indices that put keys in ascending order, equal ones as they came; and where each key begins.

    Args:
        keys: m whole numbers from 0 to ``count`` - 1.
        count: one more than the largest key there may be.

    Returns:
        m indices and ``count`` + 1 starts: those of key k lie from ``starts[k]`` to ``starts[k + 1]``. Time and memory
        are linear in m and count.
    """
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=count), out=starts[1:])
    return _placed(keys, starts[:-1].copy()), starts


@compiled
def _placed(keys: Longs, following: Longs) -> Longs:
    order = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        order[following[keys[i]]] = i
        following[keys[i]] += 1
    return order
