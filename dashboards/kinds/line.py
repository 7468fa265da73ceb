"""One line per group over the dataset's days, weeks or months."""

from __future__ import annotations

from typing import Any

from dashboards.view import View

VIZ_TYPE = "echarts_timeseries_line"
GRAINS = {"day": "P1D", "week": "P1W", "month": "P1M"}


def render(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    metric = view.metrics[0]
    return {
        "x_axis": view.dataset.time_column,
        "time_grain_sqla": GRAINS[view.chart.grain],
        "x_axis_sort_asc": True,
        "metrics": view.metrics,
        "groupby": view.columns,
        "adhoc_filters": view.form_filters(),
        "order_desc": True,
        "row_limit": view.chart.limit,
        "truncate_metric": True,
        "show_empty_columns": True,
        "comparison_type": "values",
        "annotation_layers": [],
        "color_scheme": "supersetColors",
        "seriesType": "line",
        "opacity": 0.2,
        # Without a mark, a line of one day would be nothing at all.
        "markerEnabled": True,
        "markerSize": 3,
        "only_total": True,
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "x_axis_title": "",
        "y_axis_title": "",
        "x_axis_time_format": "%d/%m/%Y",
        "y_axis_format": view.format(metric),
        "y_axis_bounds": [0, None],
        "truncateYAxis": True,
        "rich_tooltip": True,
        "showTooltipTotal": True,
        "tooltipTimeFormat": "%d/%m/%Y",
        "tooltipSortByMetric": True,
        "zoomable": True,
        "minorTicks": False,
    }


def query(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    axis = view.dataset.time_column
    metric = view.metrics[0]
    day = {
        "timeGrain": GRAINS[view.chart.grain],
        "columnType": "BASE_AXIS",
        "sqlExpression": axis,
        "label": axis,
        "expressionType": "SQL",
        "isColumnReference": True,
    }
    mean = {metric: {"operator": "mean"}}
    pivot = {"index": [axis], "columns": view.columns, "aggregates": mean, "drop_missing_columns": False}
    return view.query([day, *view.columns]) | {
        "series_columns": view.columns,
        "orderby": [[metric, False]],
        "time_offsets": [],
        "post_processing": [
            {"operation": "pivot", "options": pivot},
            {"operation": "rename", "options": {"columns": {metric: None}, "level": 0, "inplace": True}},
            {"operation": "flatten"},
        ],
    }
