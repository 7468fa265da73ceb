"""Where things are: exact point-in-zone and nearest search, H3 cells, what maps need of zones. WGS 84 degrees."""

from __future__ import annotations

from analytics.spatial.errors import FeatureError, ZoneError
from analytics.spatial.hexagons import Hexagon, h3_cells, hexagons_covering
from analytics.spatial.nearest import Nearest, NearestIndex, Within
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
    "FeatureError",
    "Hexagon",
    "Nearest",
    "NearestIndex",
    "Repair",
    "Within",
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
