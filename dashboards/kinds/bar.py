"""Bars: the first column of `group_by` along the axis, one series per metric and per further column."""

from __future__ import annotations

from typing import Any

from dashboards.view import View

VIZ_TYPE = "echarts_timeseries_bar"


def render(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    return {
        "x_axis": view.columns[0],
        "xAxisForceCategorical": True,
        "x_axis_sort": _sorted_by(view),
        "x_axis_sort_asc": view.chart.ascending,
        "sort_series_type": "sum",
        "sort_series_ascending": True,
        "metrics": view.metrics,
        "groupby": view.columns[1:],
        "adhoc_filters": view.form_filters(),
        "order_desc": not view.chart.ascending,
        "row_limit": view.chart.limit,
        "truncate_metric": True,
        "show_empty_columns": True,
        "comparison_type": "values",
        "annotation_layers": [],
        "color_scheme": "supersetColors",
        "orientation": "horizontal" if view.chart.horizontal else "vertical",
        "seriesType": "bar",
        "show_value": True,
        "only_total": True,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "x_axis_title": "",
        "y_axis_title": "",
        "y_axis_format": view.format(view.metrics[0]),
        "truncateYAxis": False,
        "y_axis_bounds": [None, None],
        "rich_tooltip": True,
    }


def query(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    axis, series = view.columns[0], view.columns[1:]
    category = {
        "columnType": "BASE_AXIS",
        "sqlExpression": axis,
        "label": axis,
        "expressionType": "SQL",
        "isColumnReference": True,
    }
    pivot = {
        "index": [axis],
        "columns": series,
        "aggregates": {metric: {"operator": "mean"} for metric in view.metrics},
        "drop_missing_columns": False,
    }
    order: dict[str, Any] = {"by": _sorted_by(view), "ascending": view.chart.ascending}
    if _sorted_by(view) == axis:
        order = {"is_sort_index": True, "ascending": view.chart.ascending}
    return view.query([category, *series]) | {
        "series_columns": series,
        "orderby": [[view.metrics[0], view.chart.ascending]],
        "time_offsets": [],
        "post_processing": [
            {"operation": "pivot", "options": pivot},
            *([] if series else [{"operation": "sort", "options": order}]),
            {"operation": "flatten"},
        ],
    }


def _sorted_by(view: View) -> str:
    """Metric, or the axis itself."""
    return view.shown(view.chart.sort_by) if view.chart.sort_by else view.metrics[0]
