"""Rows and figures, with bars in the cells; never rendered as HTML, because labels may come from a source."""

from __future__ import annotations

from typing import Any

from dashboards.view import View
from schemas.contract import ColumnType

VIZ_TYPE = "table"
DAY = "%d/%m/%Y"
INSTANT = "%d/%m/%Y %H:%M"


def render(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    return {
        "query_mode": "aggregate",
        "groupby": view.columns,
        "time_grain_sqla": "P1D",
        "temporal_columns_lookup": {},
        "metrics": view.metrics,
        "all_columns": [],
        "percent_metrics": [],
        "adhoc_filters": view.form_filters(),
        "order_by_cols": [],
        "timeseries_limit_metric": view.chart.sort_by if view.chart.sort_by in view.chart.metrics else None,
        "order_desc": not view.chart.ascending,
        "row_limit": view.chart.limit,
        "server_pagination": False,
        "page_length": view.chart.page,
        "include_search": False,
        "show_totals": False,
        "table_timestamp_format": INSTANT,
        "allow_render_html": False,
        "show_cell_bars": True,
        "color_pn": False,
        "align_pn": False,
        "allow_rearrange_columns": False,
        "conditional_formatting": [],
        "column_config": _columns(view),
    }


def query(view: View) -> dict[str, Any]:
    """See `dashboards.kinds.Kind`."""
    return view.query(list(view.columns)) | {"post_processing": [], "time_offsets": []}


def _columns(view: View) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in view.chart.metrics:
        metric = view.dataset.contract.metric(name)
        if metric.codes is not None:
            continue
        instant = metric.format == "smart_date"
        found[name] = {"d3TimeFormat": INSTANT} if instant else {"d3NumberFormat": metric.format}
    for name in view.chart.group_by:
        column = view.dataset.display_column(name)
        if column.type in (ColumnType.DATE, ColumnType.TIMESTAMP):
            found[column.name] = {"d3TimeFormat": DAY if column.type is ColumnType.DATE else INSTANT}
    for name in view.chart.hidden:
        found.setdefault(view.shown(name), {})["visible"] = False
    return found
