"""Judge dashboard files before anything is sent: ``python -m dashboards.check [FOLDER]``.

A figure has one definition, the metric of a gold contract; a label has two languages; a colour comes from a code list.
Whatever departs from that is refused here with file and line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from dashboards.dataset import MAP_SUFFIX, Dataset, datasets
from dashboards.errors import DashboardError
from dashboards.specification import Chart, Dashboard, Filter, load_dashboard
from schemas.codes import code_lists, load_codes
from schemas.shape import suggest

FOLDER = Path(__file__).parent / "observatory"


def check_folder(folder: Path) -> tuple[DashboardError, ...]:
    """Every fault of a dashboard folder; a file of the wrong shape stops at its first fault."""
    try:
        dashboard = load_dashboard(folder)
    except DashboardError as fault:
        return (fault,)
    return check(dashboard)


def check(dashboard: Dashboard) -> tuple[DashboardError, ...]:
    """Every fault of a dashboard whose files have the right shape."""
    return (
        *(fault for chart in dashboard.charts.values() for fault in _chart(chart)),
        *_colours(dashboard),
        *_filters(dashboard),
        *_layout(dashboard),
    )


def _chart(chart: Chart) -> Iterator[DashboardError]:
    dataset = datasets().get(chart.dataset)
    if dataset is None:
        known = tuple(datasets())
        yield chart.fault(
            "dataset",
            f"found dataset `{chart.dataset}`; expected one of {', '.join(known)}; {suggest(chart.dataset, known)}",
        )
        return
    yield from _metrics(chart, dataset)
    yield from _columns(chart, dataset)
    yield from _shape_of_kind(chart, dataset)


def _metrics(chart: Chart, dataset: Dataset) -> Iterator[DashboardError]:
    known = {metric.name: metric for metric in dataset.metrics}
    fixed = {condition.column for condition in chart.where if condition.operator == "equal"}
    for name in chart.metrics:
        if name not in known:
            yield chart.fault(
                "metrics",
                f"found metric `{name}`; expected a metric of {dataset.contract.name} "
                f"({', '.join(known)}); a chart holds no formula: define it under `metrics` in "
                f"{dataset.contract.path.name} and name it here",
            )
            continue
        missing = set(known[name].requires_grouping) - set(chart.group_by) - fixed
        if missing:
            yield chart.fault(
                "metrics",
                f"metric `{name}` means nothing without grouping by {', '.join(sorted(missing))}; "
                "add it to `group_by` (and to `hidden` when a table should not show it)",
            )
        if known[name].codes and chart.kind != "table":
            yield chart.fault(
                "metrics", f"metric `{name}` gives a word and a {chart.kind} draws numbers; use kind table"
            )


def _columns(chart: Chart, dataset: Dataset) -> Iterator[DashboardError]:
    named = [("group_by", name) for name in chart.group_by] + [("where", item.column) for item in chart.where]
    if chart.sort_by and chart.sort_by not in chart.metrics:
        named.append(("sort_by", chart.sort_by))
    for key, name in named:
        if name not in dataset.sources:
            yield chart.fault(
                key,
                f"found column `{name}` in `{key}`; expected a column of {dataset.contract.name} "
                f"({', '.join(dataset.sources)}); {suggest(name, dataset.sources)}",
            )
    for name in chart.hidden:
        if name not in chart.group_by:
            yield chart.fault("hidden", f"`{name}` is hidden but not in `group_by`; add it there or remove it here")
    for item in chart.where:
        yield from _values(chart, dataset, item.column, item.values)


def _values(chart: Chart, dataset: Dataset, name: str, values: tuple[str, ...]) -> Iterator[DashboardError]:
    if name not in dataset.contract.column_names:
        return
    codes = dataset.contract.column(name).codes
    for value in values:
        if codes and value not in load_codes(codes):
            yield chart.fault(
                "where",
                f"found value `{value}` for `{name}`; expected a code of the list {codes}; "
                f"{suggest(value, load_codes(codes).values)}",
            )


def _shape_of_kind(chart: Chart, dataset: Dataset) -> Iterator[DashboardError]:
    if chart.kind in ("big_number", "line", "map", "points") and len(chart.metrics) != 1:
        yield chart.fault("metrics", f"found {len(chart.metrics)} metrics; a {chart.kind} shows exactly one")
    if chart.kind == "big_number" and chart.group_by:
        yield chart.fault("group_by", "a big_number is one figure; remove `group_by` or use kind table")
    if chart.kind == "bar" and not chart.group_by:
        yield chart.fault("kind", "a bar needs `group_by`: its first column is the axis")
    if chart.kind == "line" and dataset.time_column is None:
        yield chart.fault(
            "dataset", f"{dataset.contract.name} has no date in its key, so no line can be drawn over time"
        )
    if (chart.kind == "map") != dataset.is_map:
        yield chart.fault(
            "dataset",
            f"kind {chart.kind} and dataset `{chart.dataset}` do not fit: a map needs the dataset "
            f"ending in `{MAP_SUFFIX}`, every other kind the one without it",
        )
    if chart.kind == "points":
        yield from _points(chart, dataset)
    if list(chart.breaks) != sorted(set(chart.breaks)):
        yield chart.fault("breaks", "the limits of the colour classes must rise from one to the next; sort them")


def _points(chart: Chart, dataset: Dataset) -> Iterator[DashboardError]:
    if not {"longitude", "latitude"} <= set(dataset.sources):
        yield chart.fault("dataset", f"{dataset.contract.name} has no longitude and latitude, so no point can be drawn")
    names = dataset.contract.column_names
    coloured = chart.group_by[0] if chart.group_by else None
    codes = dataset.contract.column(coloured).codes if coloured in names and coloured else None
    if len(chart.group_by) < 2 or not codes or "colour" not in load_codes(codes).codes[0].attributes:
        yield chart.fault(
            "group_by",
            "points need `group_by`: first a column whose code list has colours, such as theme_code, then what a "
            "tooltip tells, its heading first",
        )


def _colours(dashboard: Dashboard) -> Iterator[DashboardError]:
    for name in dashboard.colours:
        if name not in code_lists():
            yield dashboard.fault(
                "colours",
                f"found `{name}`; expected a code list ({', '.join(code_lists())}): "
                "colours are the `colour` attributes of codes",
            )
            continue
        for code in load_codes(name).codes:
            if "colour" not in code.attributes:
                yield dashboard.fault(
                    "colours",
                    f"code `{code.code}` of list {name} has no attribute `colour`; add it in "
                    f"{load_codes(name).path.name}",
                )


def _filters(dashboard: Dashboard) -> Iterator[DashboardError]:
    names = tuple(item.name for item in dashboard.filters)
    for item in dashboard.filters:
        yield from _filter(dashboard, item)
        for other in item.depends_on:
            if other not in names:
                yield dashboard.fault(
                    "filters",
                    f"filter `{item.name}` depends on `{other}`, which is not a filter; "
                    f"expected one of {', '.join(names)}",
                )


def _filter(dashboard: Dashboard, item: Filter) -> Iterator[DashboardError]:
    if (item.column is None) != (item.dataset is None):
        yield dashboard.fault(
            "filters",
            f"filter `{item.name}` has only one of `dataset` and `column`; give both, or neither for the period",
        )
    elif item.column is not None and item.dataset is not None:
        dataset = datasets().get(item.dataset)
        if dataset is None or item.column not in dataset.sources:
            yield dashboard.fault(
                "filters",
                f"filter `{item.name}`: found column `{item.column}` of dataset "
                f"`{item.dataset}`, which does not exist; see the contracts of layer gold",
            )
    if item.required and item.column != "city_id":
        yield dashboard.fault("filters", f"filter `{item.name}` is required, but only the city has a value at start")


def _layout(dashboard: Dashboard) -> Iterator[DashboardError]:
    placed = [cell.chart for row in dashboard.all_rows for cell in row if cell.chart]
    for name in sorted(set(placed) - set(dashboard.charts)):
        yield dashboard.fault(
            "rows",
            f"chart `{name}` is placed but charts/{name}.yaml does not exist; {suggest(name, tuple(dashboard.charts))}",
        )
    for name, chart in dashboard.charts.items():
        if placed.count(name) != 1:
            yield chart.fault(
                "kind",
                f"chart `{name}` is placed {placed.count(name)} times; place it once in dashboard.yaml",
            )
    for number, row in enumerate(dashboard.all_rows, 1):
        width = sum(cell.width for cell in row)
        if width > 12:
            yield dashboard.fault("tabs", f"row {number} is {width} columns wide; expected at most 12")
    if dashboard.slug.fr == dashboard.slug.en:
        yield dashboard.fault("slug", "both languages have the same address; give each its own")


def main(arguments: list[str]) -> int:
    """Command line: print every fault; exit code 1 when there is one."""
    faults = check_folder(Path(arguments[0]) if arguments else FOLDER)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
