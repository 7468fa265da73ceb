"""Where things are: exact point-in-zone search, H3 cells, and what maps need from zones. WGS 84 longitude, latitude."""

from __future__ import annotations

from analytics.spatial.errors import ZoneError
from analytics.spatial.hexagons import Hexagon, h3_cells, hexagons_covering
from analytics.spatial.repair import Repair, repaired
from analytics.spatial.zone_index import ZoneIndex
from analytics.spatial.zones import (
    area_km2,
    centroid,
    check_zones,
    dissolve,
    map_rings,
    representative_point,
)

__all__ = [
    "Hexagon",
    "Repair",
    "ZoneError",
    "ZoneIndex",
    "area_km2",
    "centroid",
    "check_zones",
    "dissolve",
    "h3_cells",
    "hexagons_covering",
    "map_rings",
    "repaired",
    "representative_point",
]
