"""Reports as arrays, and what their numbers mean: the plane they lie on, and the names of sources and categories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
Words = Sequence[str | None]

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on the sphere of 6371.0088 km (IUGG mean radius)."""
FARTHEST_PRECISION_M = 500.0
"""Reports placed worse than this name no place to compare; they stay incidents of their own."""
FINEST_PRECISION_M = 5.0
UNSTATED_PRECISION_M = 100.0
"""Taken for a place without a stated precision, until it is learned what its source's places are worth."""


@dataclass(frozen=True)
class Reports:
    """Reports as arrays of n entries, in the order of their identifiers wherever two results are to be equal.

    Attributes:
        x_m: easting on a local plane, metres.
        y_m: northing, metres.
        t_seconds: instant, seconds since the Unix epoch.
        precision_m: radius within which the real place lies; NaN for a report that is not compared.
        source: code of the source, 0 to ``sources`` - 1.
        category: code of the category, 0 to ``categories`` - 1.
        sources: number of sources.
        categories: number of categories.
    """

    x_m: Doubles
    y_m: Doubles
    t_seconds: Doubles
    precision_m: Doubles
    source: Longs
    category: Longs
    sources: int
    categories: int

    def __len__(self) -> int:
        """Number of reports."""
        return len(self.x_m)

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        """Which reports have a place and an instant to compare."""
        return np.isfinite(self.x_m + self.y_m) & np.isfinite(self.t_seconds) & np.isfinite(self.precision_m)

    def taken(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Reports:
        """Some of the reports, in the order of the index."""
        return Reports(
            self.x_m[index], self.y_m[index], self.t_seconds[index], self.precision_m[index], self.source[index],
            self.category[index], self.sources, self.categories,
        )  # fmt: skip

    def stretch(self, most: int, least_seconds: float = 0.0) -> Reports:
        """The reports of a stretch in the middle of the time they cover, without gaps of its own making.

        Args:
            most: so many reports, or fewer where there are not more.
            least_seconds: length it has at least, though that be more reports.
        """
        t = np.sort(self.t_seconds[self.is_placed])
        surplus = len(t) - most
        if surplus <= 0:
            return self
        first, last = t[surplus // 2], t[surplus // 2 + most - 1]
        margin = max(least_seconds - (last - first), 0.0) / 2
        return self.taken((self.t_seconds >= first - margin) & (self.t_seconds <= last + margin))


@dataclass(frozen=True)
class Scheme:
    """What the numbers of ``Reports`` mean; a model keeps it, so that later reports are numbered alike.

    The last source and the last category, beyond the names, stand for those that were not known.

    Attributes:
        longitude: of the plane's origin, degrees.
        latitude: of the plane's origin, at which a degree of longitude is measured.
        sources: names, sorted.
        categories: names, sorted.
    """

    longitude: float
    latitude: float
    sources: tuple[str, ...]
    categories: tuple[str, ...]

    @classmethod
    def of(cls, longitude: Doubles, latitude: Doubles, source: Words, category: Words) -> Scheme:
        """Describe reports: origin in their middle, to a thousandth of a degree, and the names that occur."""
        known = np.isfinite(longitude) & np.isfinite(latitude)
        return cls(_middle(longitude[known]), _middle(latitude[known]), _names(source), _names(category))

    def reports(
        self, longitude: Doubles, latitude: Doubles, t_seconds: Doubles, precision_m: Doubles, source: Longs,
        category: Longs,
    ) -> Reports:  # fmt: skip
        """Lay reports out: WGS 84 degrees to metres on the plane; sources and categories by their codes.

        The plane is true to a thousandth within 50 km of its origin and keeps to the nearer side of the antimeridian.
        Precisions are taken as at least 5 m, and as 100 m where none is stated; those beyond 500 m become NaN, as they
        name no place to compare.
        """
        stated = np.where(np.isnan(precision_m), UNSTATED_PRECISION_M, precision_m)
        east = np.mod(longitude - self.longitude + 180.0, 360.0) - 180.0
        return Reports(
            x_m=east * METRES_PER_DEGREE * math.cos(math.radians(self.latitude)),
            y_m=(latitude - self.latitude) * METRES_PER_DEGREE,
            t_seconds=t_seconds,
            precision_m=np.where(stated > FARTHEST_PRECISION_M, np.nan, np.maximum(stated, FINEST_PRECISION_M)),
            source=source,
            category=category,
            sources=len(self.sources) + 1,
            categories=len(self.categories) + 1,
        )


def _middle(degrees: Doubles) -> float:
    return round(float(np.median(degrees)), 3) if len(degrees) else 0.0


def _names(words: Words) -> tuple[str, ...]:
    return tuple(sorted({name for name in words if name}))
