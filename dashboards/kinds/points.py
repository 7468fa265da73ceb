"""Facts drawn as points: coloured by the first column of `group_by`, sized by the metric, the rest told in a tooltip.

No background tiles, so nothing leaves the machine.
"""

from __future__ import annotations

from typing import Any

from dashboards.view import View

VIZ_TYPE = "deck_scatter"
LONGITUDE, LATITUDE = "longitude", "latitude"
METRES_PER_UNIT = 90
"""A point of metric 1 is as wide on the ground; never smaller than can be seen, nor larger than a street corner."""
SMALLEST_PX, LARGEST_PX = 2.5, 14


def render(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    metric = view.metrics[0]
    return {
        "spatial": {"type": "latlong", "lonCol": LONGITUDE, "latCol": LATITUDE},
        "dimension": view.columns[0],
        "point_radius_fixed": {"type": "metric", "value": metric},
        "point_unit": "radius_m",
        "multiplier": METRES_PER_UNIT,
        "min_radius": SMALLEST_PX,
        "max_radius": LARGEST_PX,
        "adhoc_filters": view.form_filters(),
        "row_limit": view.chart.limit,
        "js_columns": _hidden(view),
        # A template of its own would be compiled in the browser, which the content policy forbids.
        "tooltip_contents": _tooltip(view),
        "viewport": {"longitude": 2.5, "latitude": 46.5, "zoom": 4, "bearing": 0, "pitch": 0},
        "autozoom": True,
        "mapbox_style": "",
        "color_scheme_type": "categorical_palette",
        "color_scheme": "supersetColors",
        "color_picker": {"r": 0, "g": 122, "b": 135, "a": 1},
        "legend_position": "bl",
        "legend_format": None,
    }


def query(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    asked = view.query([LONGITUDE, LATITUDE, view.columns[0], *_hidden(view), *_told(view)])
    placed = [{"col": name, "op": "IS NOT NULL", "val": None} for name in (LONGITUDE, LATITUDE)]
    return asked | {"filters": [*asked["filters"], *placed], "orderby": [[view.metrics[0], False]]}


def _hidden(view: View) -> list[str]:
    """Columns that only keep points apart."""
    return [view.as_text(name) for name in view.chart.group_by[1:] if name in view.chart.hidden]


def _told(view: View) -> list[str]:
    """Columns told of a point; an instant as text, because a tooltip would tell it in the browser's own zone."""
    return [view.as_text(name) for name in view.chart.group_by[1:] if name not in view.chart.hidden]


def _tooltip(view: View) -> list[dict[str, str]]:
    """A line per column that is told, then the metric, under their labels."""
    labels = {column.name: column.label.in_language(view.language) for column in view.dataset.columns}
    lines = [{"item_type": "column", "column_name": name, "verbose_name": labels[name]} for name in _told(view)]
    metric = view.dataset.contract.metric(view.metrics[0])
    name = metric.label.in_language(view.language)
    return [*lines, {"item_type": "metric", "metric_name": metric.name, "verbose_name": name}]
