"""Where things stand on a dashboard and how its filters act, in Superset's own form."""

from __future__ import annotations

from typing import Any

from dashboards.dataset import datasets, identity, label_name
from dashboards.specification import Cell, Dashboard, Filter, Rows
from schemas.codes import load_codes
from schemas.label import Label

GRID = ["ROOT_ID", "GRID_ID"]
TABS = "TABS-1"


def position(dashboard: Dashboard, language: str) -> dict[str, Any]:
    """Rows, tabs and cells as Superset's layout tree."""
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {
            "type": "HEADER",
            "id": "HEADER_ID",
            "meta": {"text": dashboard.title.in_language(language)},
        },
    }
    placed = _rows(nodes, dashboard, dashboard.rows, language, GRID, "")
    if dashboard.tabs:
        tabs = []
        for number, tab in enumerate(dashboard.tabs, 1):
            name = f"TAB-{number}"
            tabs.append(name)
            nodes[name] = {
                "type": "TAB",
                "id": name,
                "children": _rows(nodes, dashboard, tab.rows, language, [*GRID, TABS, name], f"{number}-"),
                "parents": [*GRID, TABS],
                "meta": {"text": tab.title.in_language(language), "defaultText": "", "placeholder": ""},
            }
        nodes[TABS] = {"type": "TABS", "id": TABS, "children": tabs, "parents": GRID, "meta": {}}
        placed.append(TABS)
    nodes["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "children": placed, "parents": ["ROOT_ID"]}
    return nodes


def _rows(
    nodes: dict[str, Any], dashboard: Dashboard, rows: Rows, language: str, parents: list[str], place: str
) -> list[str]:
    """Add rows with their cells to the tree and give the names of the rows."""
    names = []
    for number, cells in enumerate(rows, 1):
        row = f"ROW-{place}{number}"
        names.append(row)
        children = []
        for column, cell in enumerate(cells, 1):
            node = _cell(dashboard, cell, language, f"{place}{number}-{column}")
            node["parents"] = [*parents, row]
            nodes[node["id"]] = node
            children.append(node["id"])
        nodes[row] = {
            "type": "ROW",
            "id": row,
            "children": children,
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
    return names


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
        "chart_configuration": _within_tabs(dashboard),
        "global_chart_configuration": {
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
            "chartsInScope": [],
        },
        "default_filters": "{}",
        "filter_bar_orientation": "VERTICAL",
    }


def _within_tabs(dashboard: Dashboard) -> dict[str, Any]:
    """A click on a row or point narrows the charts of its own tab; the others tell of other tables."""
    found = {}
    for number, tab in enumerate(dashboard.tabs, 1):
        for name in (cell.chart for row in tab.rows for cell in row if cell.chart):
            chart = _chart_number(dashboard, name)
            scope = {"rootPath": [f"TAB-{number}"], "excluded": [chart]}
            found[str(chart)] = {"id": chart, "crossFilters": {"scope": scope, "chartsInScope": []}}
    return found


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
