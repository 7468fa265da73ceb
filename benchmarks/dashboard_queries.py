"""Time of each chart's question through DuckDB on Delta tables, for a city of ten years, nothing cached by Superset."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

import dashboards
from benchmarks.result import Cell, Result, best_seconds, versions
from benchmarks.ten_years import CITY, write_ten_years
from dashboards.assets import metric_sql
from dashboards.catalogue import build_catalogue, city_lake, delta_extension
from dashboards.dataset import RING, datasets
from dashboards.specification import Chart, Condition, load_dashboard
from dashboards.view import View

_GOAL_SECONDS = 0.3
_FOLDER = Path(dashboards.__path__[0])


def run(options: Sequence[str]) -> Result:
    """Measure every chart of every dashboard in French."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks dashboard_queries --")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of zone_indicator_day")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args(list(options))
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        write_ten_years(lake, told.rows, told.rows // 4)
        catalogue = Path(folder) / "catalogue.duckdb"
        build_catalogue(catalogue, [city_lake(CITY, lake)])
        with duckdb.connect(str(catalogue), read_only=True) as connection:
            connection.execute(f"LOAD '{delta_extension()}'")
            rows = [_measure(connection, chart, told.rounds) for chart in _charts()]
    slowest = max(rows, key=lambda row: float(row["milliseconds"] or 0))
    return Result(
        name="dashboard_queries",
        title="Questions of the dashboard",
        promise=f"Every chart's query takes less than {_GOAL_SECONDS} s on ten years of a city, uncached.",
        verdict=(
            f"The slowest, {slowest['chart']}, takes {slowest['milliseconds']:,} ms "
            f"(goal: under {_GOAL_SECONDS * 1000:.0f})."
        ),
        columns=("chart", "dataset", "rows of the answer", "milliseconds"),
        rows=tuple(rows),
        notes=(
            f"A made-up city: {told.rows:,} rows of gold.zone_indicator_day and {told.rows // 4:,} of "
            "gold.response_time_day over ten years; no filter set, so each chart reads all of them.",
            f"DuckDB over Delta in place through the catalogue's views, all cores, best of {told.rounds} rounds.",
        ),
        versions=versions("duckdb", "duckdb-extension-delta", "deltalake"),
    )


def _charts() -> list[Chart]:
    boards = [load_dashboard(path.parent) for path in sorted(_FOLDER.glob("*/dashboard.yaml"))]
    return [chart for board in boards for chart in board.charts.values()]


def _measure(connection: duckdb.DuckDBPyConnection, chart: Chart, rounds: int) -> dict[str, Cell]:
    sql = _question(chart)
    answer = connection.execute(sql).fetchall()
    seconds = best_seconds(lambda: connection.execute(sql).fetchall(), rounds)
    return {
        "chart": chart.name,
        "dataset": chart.dataset,
        "rows of the answer": len(answer),
        "milliseconds": round(seconds * 1000),
    }


def _question(chart: Chart) -> str:
    dataset = datasets()[chart.dataset]
    view = View(chart, dataset, "fr")
    columns = [f'"{name}"' for name in view.columns]
    if chart.kind == "line" and dataset.time_column:
        columns.insert(0, f"date_trunc('{chart.grain}', \"{dataset.time_column}\")")
    if chart.kind == "map":
        columns.append(RING)
    metrics = [f'{metric_sql(dataset.contract.metric(name), "fr")} AS "{name}"' for name in chart.metrics]
    where = " AND ".join(["true", *(_condition(item) for item in chart.where)])
    groups = f" GROUP BY {', '.join(columns)}" if columns else ""
    return f"SELECT {', '.join([*columns, *metrics])} FROM gold.{dataset.view('fr')} WHERE {where}{groups} LIMIT 50000"


def _condition(item: Condition) -> str:
    if item.operator == "known":
        return f'"{item.column}" IS NOT NULL'
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in item.values)
    return f'"{item.column}" IN ({values})'
