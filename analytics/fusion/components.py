"""Reports that no pair connects cannot change each other's incident; each connected part is judged by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.spatial.compiled import compiled

Longs = NDArray[np.int64]


def components(count: int, first: Longs, second: Longs) -> Longs:
    """Smallest index of the connected part that each of ``count`` reports lies in.

    Args:
        count: number of reports.
        first: index of one report of each pair.
        second: index of the other.
    """
    return _labels(np.arange(count), first, second)


@compiled
def _labels(owner: Longs, first: Longs, second: Longs) -> Longs:
    """Union by the smaller index, with halving of the paths."""
    for e in range(len(first)):
        a, b = first[e], second[e]
        while owner[a] != a:
            owner[a] = owner[owner[a]]
            a = owner[a]
        while owner[b] != b:
            owner[b] = owner[owner[b]]
            b = owner[b]
        if a < b:
            owner[b] = a
        else:
            owner[a] = b
    for i in range(len(owner)):
        owner[i] = owner[owner[i]]  # a smaller index is final before a larger one points to it
    return owner
