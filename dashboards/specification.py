"""A dashboard as files: `dashboard.yaml` (title, filters, layout) and one small YAML per chart in `charts/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.errors import DashboardError
from schemas.document import LocatedMap, read_document
from schemas.label import LABEL_SHAPE, Label
from schemas.shape import Choice, Flag, Key, ListOf, Number, Place, Record, Shape, Text, Whole

KINDS = tuple(sorted(path.stem for path in (Path(__file__).parent / "kinds").glob("[a-z]*.py")))
GRAINS = ("day", "week", "month")
OPERATORS = ("equal", "in", "known")
ROW_LIMIT = 50_000
"""Most rows that Superset gives to one chart."""
NAME = Text("[a-z][a-z0-9_]*", "zone_table")
NAMES = ListOf(NAME)

CONDITION = Record(
    {
        "column": Key(Text(), "the column judged"),
        "is": Key(Choice(OPERATORS), "equal, in or known (not empty)"),
        "values": Key(ListOf(Text(), 1), "the codes compared with", required=False),
    }
)
CHART = Record(
    {
        "kind": Key(Choice(KINDS), f"how it is drawn: {', '.join(KINDS)}"),
        "dataset": Key(NAME, "the gold table, with `_map` for its outlines"),
        "title": Key(LABEL_SHAPE, "the title in both languages"),
        "description": Key(LABEL_SHAPE, "what the figure is and how to read it, in both languages"),
        "metrics": Key(ListOf(Text(), 1), "metrics of the table's contract"),
        "group_by": Key(ListOf(Text()), "columns that make one row, line or outline", required=False),
        "hidden": Key(NAMES, "columns of `group_by` that a table does not show", required=False),
        "where": Key(ListOf(CONDITION), "rows kept whatever the reader filters", required=False),
        "sort_by": Key(NAME, "metric or column of `group_by` that orders the rows", required=False),
        "ascending": Key(Flag(), "smallest first", required=False),
        "breaks": Key(ListOf(Number(), 2), "limits of the colour classes of a map, in ascending order", required=False),
        "grain": Key(Choice(GRAINS), "length of time of one point of a line; a day unless said", required=False),
        "page": Key(Whole(0, 200), "rows on one page of a table; 0 for all on one page", required=False),
        "limit": Key(Whole(1, ROW_LIMIT), "most rows asked for, the first in order; all unless said", required=False),
        "horizontal": Key(Flag(), "bars from left to right", required=False),
    }
)
FILTER = Record(
    {
        "name": Key(NAME, "the name used by the API"),
        "title": Key(LABEL_SHAPE, "the label in both languages"),
        "dataset": Key(NAME, "the dataset that lists the choices; none for the period", required=False),
        "column": Key(NAME, "the column filtered; none for the period", required=False),
        "required": Key(Flag(), "exactly one choice, the first city at start", required=False),
        "depends_on": Key(NAMES, "filters that narrow the choices", required=False),
    }
)
CELL = Record(
    {
        "chart": Key(NAME, "the name of a chart file", required=False),
        "text": Key(LABEL_SHAPE, "a text in Markdown, in both languages", required=False),
        "width": Key(Whole(1, 12), "columns of twelve"),
        "height": Key(Whole(2, 200), "units of eight pixels"),
    },
    (("chart",), ("text",)),
)
ROWS: Shape = ListOf(ListOf(CELL, 1), 1)
TAB = Record(
    {
        "title": Key(LABEL_SHAPE, "the tab's name in both languages"),
        "rows": Key(ROWS, "rows of cells of the tab, from top to bottom"),
    }
)
DASHBOARD = Record(
    {
        "slug": Key(LABEL_SHAPE, "the last part of the address, one per language"),
        "title": Key(LABEL_SHAPE, "the title in both languages"),
        "colours": Key(NAMES, "code lists whose `colour` attribute colours the series"),
        "filters": Key(ListOf(FILTER), "the filter bar, from top to bottom"),
        "rows": Key(ROWS, "rows of cells above the tabs, from top to bottom", required=False),
        "tabs": Key(ListOf(TAB, 1), "tabs, from left to right; the first is open at start", required=False),
    },
    (("rows",), ("tabs",)),
)


@dataclass(frozen=True)
class Condition:
    """A row filter that belongs to the chart itself."""

    column: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """One chart file."""

    name: str
    kind: str
    dataset: str
    title: Label
    description: Label
    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    hidden: tuple[str, ...]
    where: tuple[Condition, ...]
    sort_by: str | None
    ascending: bool
    breaks: tuple[float, ...]
    grain: str
    page: int
    limit: int
    horizontal: bool
    document: LocatedMap

    def fault(self, key: str, problem: str) -> DashboardError:
        """Error that points at the line of `key` in the chart's file."""
        return DashboardError(problem, self.document.path, self.document.lines.get(key, self.document.line))


@dataclass(frozen=True)
class Filter:
    """One entry of the filter bar; without a column it is the period."""

    name: str
    title: Label
    dataset: str | None
    column: str | None
    required: bool
    depends_on: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One place of the layout: a chart or a text."""

    chart: str | None
    text: Label | None
    width: int
    height: int


Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Tab:
    """A part of the dashboard that the reader opens by its name."""

    title: Label
    rows: Rows


@dataclass(frozen=True)
class Dashboard:
    """A dashboard with the charts of its folder; `rows` stand above the tabs, on every one of them."""

    name: str
    slug: Label
    title: Label
    colours: tuple[str, ...]
    filters: tuple[Filter, ...]
    rows: Rows
    tabs: tuple[Tab, ...]
    charts: Mapping[str, Chart]
    document: LocatedMap

    @property
    def all_rows(self) -> Rows:
        """Rows above the tabs, then those of each tab."""
        return (*self.rows, *(row for tab in self.tabs for row in tab.rows))

    def fault(self, key: str, problem: str) -> DashboardError:
        """Error that points at the line of `key` in `dashboard.yaml`."""
        return DashboardError(problem, self.document.path, self.document.lines.get(key, self.document.line))


def load_dashboard(folder: Path) -> Dashboard:
    """Read a dashboard folder; its name is the folder's.

    Raises:
        DashboardError: a file is missing, has an unknown, missing or badly typed key, or lacks a language.
    """
    document = _read(folder / "dashboard.yaml", DASHBOARD)
    charts = [_chart(path) for path in sorted((folder / "charts").glob("*.yaml"))]
    return Dashboard(
        name=folder.name,
        slug=Label.of(document["slug"]),
        title=Label.of(document["title"]),
        colours=tuple(document["colours"]),
        filters=tuple(_filter(item) for item in document["filters"]),
        rows=_rows(document.get("rows", ())),
        tabs=tuple(Tab(Label.of(tab["title"]), _rows(tab["rows"])) for tab in document.get("tabs", ())),
        charts={chart.name: chart for chart in charts},
        document=document,
    )


def _read(path: Path, shape: Record) -> LocatedMap:
    document = read_document(path, DashboardError)
    shape.judge(document, Place(path, 1, path.stem, DashboardError))
    return document


def _chart(path: Path) -> Chart:
    document = _read(path, CHART)
    return Chart(
        name=path.stem,
        kind=document["kind"],
        dataset=document["dataset"],
        title=Label.of(document["title"]),
        description=Label.of(document["description"]),
        metrics=tuple(document["metrics"]),
        group_by=tuple(document.get("group_by", ())),
        hidden=tuple(document.get("hidden", ())),
        where=tuple(
            Condition(item["column"], item["is"], tuple(item.get("values", ()))) for item in document.get("where", ())
        ),
        sort_by=document.get("sort_by"),
        ascending=document.get("ascending", False),
        breaks=tuple(document.get("breaks", ())),
        grain=document.get("grain", "day"),
        page=document.get("page", 10),
        limit=document.get("limit", ROW_LIMIT),
        horizontal=document.get("horizontal", False),
        document=document,
    )


def _filter(item: Mapping[str, Any]) -> Filter:
    return Filter(
        name=item["name"],
        title=Label.of(item["title"]),
        dataset=item.get("dataset"),
        column=item.get("column"),
        required=item.get("required", False),
        depends_on=tuple(item.get("depends_on", ())),
    )


def _rows(items: Sequence[Sequence[Mapping[str, Any]]]) -> Rows:
    return tuple(tuple(_cell(cell) for cell in row) for row in items)


def _cell(item: Mapping[str, Any]) -> Cell:
    text = item.get("text")
    return Cell(item.get("chart"), Label.of(text) if text else None, item["width"], item["height"])
