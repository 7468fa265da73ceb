"""One figure in large type."""

from __future__ import annotations

from typing import Any

from dashboards.view import View

VIZ_TYPE = "big_number_total"


def render(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    metric = view.metrics[0]
    return {
        "metric": metric,
        "adhoc_filters": view.form_filters(),
        "header_font_size": 0.4,
        "subheader_font_size": 0.15,
        "subtitle": "",
        "subtitle_font_size": 0.15,
        "y_axis_format": view.format(metric),
        "time_format": "%d/%m/%Y",
        "force_timestamp_formatting": False,
        "conditional_formatting": [],
    }


def query(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    question = view.query([])
    del question["row_limit"]
    return question
