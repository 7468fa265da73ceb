"""Zones drawn with their outlines and coloured by one metric; no background tiles, so nothing leaves the machine."""

from __future__ import annotations

from typing import Any

from dashboards.dataset import RING
from dashboards.view import View

VIZ_TYPE = "deck_polygon"
PALETTE = "superset_seq_1"
LINE = {"r": 90, "g": 105, "b": 120, "a": 0.6}
FILL = {"r": 0, "g": 122, "b": 135, "a": 1}


def render(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    metric = view.metrics[0]
    return {
        "line_column": RING,
        "line_type": "json",
        "metric": metric,
        "point_radius_fixed": {"type": "fix", "value": 0},
        "adhoc_filters": view.form_filters(),
        "row_limit": view.chart.limit,
        # True would make the browser filter on the metric's label, which the server then reports as rejected.
        "filter_nulls": False,
        "js_columns": view.columns,
        "tooltip_contents": [*view.columns, {"item_type": "metric", "metric_name": metric}],
        "viewport": {"longitude": 2.5, "latitude": 46.5, "zoom": 4, "bearing": 0, "pitch": 0},
        "autozoom": True,
        "mapbox_style": "",
        "color_scheme_type": "linear_palette",
        "linear_color_scheme": PALETTE,
        "fill_color_picker": FILL,
        "stroke_color_picker": LINE,
        "filled": True,
        "stroked": True,
        "extruded": False,
        "multiplier": 1,
        "line_width": 1,
        "line_width_unit": "pixels",
        "opacity": 80,
        "num_buckets": max(len(view.chart.breaks) - 1, 1),
        "break_points": [f"{limit:g}" for limit in view.chart.breaks],
        "table_filter": False,
        "toggle_polygons": True,
        "legend_position": "bl",
        "legend_format": view.format(metric),
        "reverse_long_lat": False,
    }


def query(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    return view.query([RING, *view.columns])
