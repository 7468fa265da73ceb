"""The box a city lies in, used to refuse positions that cannot be the city's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """A box in WGS 84 degrees, borders included."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        """Tell whether a position lies in the box or on its border."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north
