"""Criticality of a kind of incident in a zone: how serious it is by nature, times how often it recurs.

The product matrix with four classes is the one French social landlords use to sort their estates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

CRITICALITY_BREAKS = (3, 6, 10)
"""Products nature x recurrence from which the criticality level becomes 2, 3 and 4."""

LEVELS = 4


def recurrence_level(count: ArrayLike, thresholds: Sequence[int]) -> NDArray[np.int64]:
    """How often a kind of incident recurs, from 1 (isolated) to 4 (very frequent).

    Args:
        count: incidents of one zone, category and source over 28 days (or the month), any shape.
        thresholds: four ascending counts of the city's profile: the level is the number of thresholds
            the count reaches, and 1 below the first.

    Returns:
        Integer array of the shape of `count`, values 1 to 4.

    Raises:
        ValueError: `thresholds` are not four ascending counts.
    """
    if len(thresholds) != LEVELS or list(thresholds) != sorted(set(thresholds)):
        raise ValueError(
            f"recurrence thresholds are {list(thresholds)}: expected four different counts in ascending "
            "order, such as [1, 3, 8, 20]; correct recurrence_thresholds in the city's profile"
        )
    reached = np.searchsorted(np.asarray(thresholds), np.asarray(count), side="right")
    return np.maximum(reached, 1).astype(np.int64)


def criticality_level(nature: ArrayLike, recurrence: ArrayLike) -> NDArray[np.int64]:
    """Criticality of a kind of incident in a zone, from 1 (low) to 4 (very high).

    The product of both levels falls in one of four classes: 1 to 2, 3 to 5, 6 to 9, above 9.

    Args:
        nature: seriousness of the category, 1 to 4, any shape.
        recurrence: level of `recurrence_level`, 1 to 4, broadcastable to `nature`.

    Returns:
        Integer array of the broadcast shape, values 1 to 4.

    Raises:
        ValueError: a level lies outside 1 to 4.
    """
    natures, recurrences = np.broadcast_arrays(np.asarray(nature), np.asarray(recurrence))
    for name, levels in (("nature", natures), ("recurrence", recurrences)):
        if levels.size and (levels.min() < 1 or levels.max() > LEVELS):
            raise ValueError(
                f"{name} level goes from {levels.min()} to {levels.max()}: expected 1 to {LEVELS}; "
                "check nature_level in the code list incident_category or the recurrence thresholds"
            )
    product = natures.astype(np.int64) * recurrences.astype(np.int64)
    return (np.searchsorted(np.asarray(CRITICALITY_BREAKS), product, side="right") + 1).astype(np.int64)
