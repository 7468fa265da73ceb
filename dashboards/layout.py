"""Where things stand on a dashboard and how its filters act, in Superset's own form."""

from __future__ import annotations

from typing import Any

from dashboards.dataset import datasets, identity, label_name
from dashboards.specification import Cell, Dashboard, Filter
from schemas.codes import load_codes
from schemas.label import Label

GRID = ["ROOT_ID", "GRID_ID"]


def position(dashboard: Dashboard, language: str) -> dict[str, Any]:
    """Rows and cells as Superset's layout tree."""
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {
            "type": "HEADER",
            "id": "HEADER_ID",
            "meta": {"text": dashboard.title.in_language(language)},
        },
    }
    rows = []
    for number, cells in enumerate(dashboard.rows, 1):
        row = f"ROW-{number}"
        rows.append(row)
        children = []
        for place, cell in enumerate(cells, 1):
            node = _cell(dashboard, cell, language, f"{number}-{place}")
            node["parents"] = [*GRID, row]
            nodes[node["id"]] = node
            children.append(node["id"])
        nodes[row] = {
            "type": "ROW",
            "id": row,
            "children": children,
            "parents": GRID,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
    nodes["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]}
    return nodes


def metadata(dashboard: Dashboard, language: str, first_city: Label) -> dict[str, Any]:
    """Filters, colours and refresh of a dashboard."""
    return {
        "color_scheme": "supersetColors",
        "refresh_frequency": 0,
        "timed_refresh_immune_slices": [],
        "expanded_slices": {},
        "label_colors": label_colours(dashboard, language),
        "shared_label_colors": [],
        "map_label_colors": {},
        "color_scheme_domain": [],
        "cross_filters_enabled": True,
        "native_filter_configuration": [_filter(dashboard, item, language, first_city) for item in dashboard.filters],
        "chart_configuration": {},
        "global_chart_configuration": {
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
            "chartsInScope": [],
        },
        "default_filters": "{}",
        "filter_bar_orientation": "VERTICAL",
    }


def label_colours(dashboard: Dashboard, language: str) -> dict[str, str]:
    """Colour of every label of the dashboard's code lists, which alone decide colours."""
    return {
        code.label.in_language(language): str(code.attributes["colour"])
        for name in dashboard.colours
        for code in load_codes(name).codes
    }


def _chart_number(dashboard: Dashboard, name: str) -> int:
    return sorted(dashboard.charts).index(name) + 1


def _cell(dashboard: Dashboard, cell: Cell, language: str, place: str) -> dict[str, Any]:
    size = {"width": cell.width, "height": cell.height}
    if cell.chart is None:
        text = cell.text.in_language(language) if cell.text else ""
        return {"type": "MARKDOWN", "id": f"MARKDOWN-{place}", "children": [], "meta": {"code": text, **size}}
    chart = dashboard.charts[cell.chart]
    meta = {
        "uuid": identity("chart", dashboard.name, chart.name, language),
        # Superset replaces the number by its own, found through the uuid; here it only links filters to charts.
        "chartId": _chart_number(dashboard, chart.name),
        "sliceName": chart.title.in_language(language),
        **size,
    }
    return {"type": "CHART", "id": f"CHART-{place}", "children": [], "meta": meta}


def filter_column(item: Filter) -> str:
    """Column on which a filter acts: the readable one beside a code."""
    return datasets()[str(item.dataset)].display_column(str(item.column)).name


def _filter(dashboard: Dashboard, item: Filter, language: str, first_city: Label) -> dict[str, Any]:
    targets: list[dict[str, Any]] = [{}]
    control: dict[str, Any] = {"enableEmptyFilter": item.required}
    mask: dict[str, Any] = {"extraFormData": {}, "filterState": {}, "ownState": {}}
    if item.column:
        column = filter_column(item)
        targets = [{"datasetUuid": identity("dataset", str(item.dataset), language), "column": {"name": column}}]
        control |= {
            "multiSelect": not item.required,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": False,
            "sortAscending": True,
        }
    if item.required:
        city = first_city.in_language(language)
        mask["extraFormData"] = {"filters": [{"col": label_name("city_id"), "op": "IN", "val": [city]}]}
        mask["filterState"] = {"value": [city], "label": city}
    return {
        "id": f"NATIVE_FILTER-{item.name}",
        "name": item.title.in_language(language),
        "filterType": "filter_select" if item.column else "filter_time",
        "type": "NATIVE_FILTER",
        "targets": targets,
        "controlValues": control,
        "defaultDataMask": mask,
        "cascadeParentIds": [f"NATIVE_FILTER-{name}" for name in item.depends_on],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": _untouched(dashboard, item)},
        "description": "",
    }


def _untouched(dashboard: Dashboard, item: Filter) -> list[int]:
    found = []
    for name, chart in dashboard.charts.items():
        dataset = datasets()[chart.dataset]
        reached = item.column in dataset.sources if item.column else dataset.time_column is not None
        if not reached:
            found.append(_chart_number(dashboard, name))
    return found
