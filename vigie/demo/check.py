"""Compare the figures of the dashboard with those of an independent computation from the input files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from vigie import screen
from vigie.demo.independent.compare import Compared
from vigie.local.superset import Login

SHOWN_PER_CHART = 6
"""Equal figures printed of each chart, beside every figure that differs."""

SLUG, LANGUAGE = "observatory", "fr"


def run_check(city: str, lake_root: str, superset_url: str, login: Login, simulated: Path | None = None) -> bool:
    """Print both figures side by side, chart by chart; False when any differs.

    Args:
        city: the city shown.
        lake_root: folder of its lake, named in the output and read for what fusion put together.
        superset_url: the running Superset, asked through its API.
        login: an account that may read the dashboard.
        simulated: folder of the simulated day, where one is shown.

    Raises:
        LookupError: a chart or a source that the independent computation does not know.
        SupersetError: Superset refuses a chart's query.
    """
    from dashboards.catalogue import city_lake
    from dashboards.push import chart_rows
    from vigie.demo.independent.compare import compare

    chosen = {"city": city_lake(city, Path(lake_root)).shown.in_language(LANGUAGE)}
    answers = chart_rows(superset_url, login.username, login.password, SLUG, chosen)
    lines = compare(city, answers, Path(lake_root), simulated)
    print_lines(lines)
    if unread := unread_sources(city, simulated):
        print(f"Without an independent reader, so that their accounts need only add up: {', '.join(unread)}")
    wrong = sum(not line.is_equal for line in lines)
    verdict = "all equal" if not wrong else f"{wrong} differ"
    print(f"{len(lines)} figures of {len(answers)} charts over {lake_root}: {verdict}")
    return not wrong and bool(lines)


def unread_sources(city: str, simulated: Path | None) -> list[str]:
    """Simulated sources whose messages nobody reads a second time."""
    from vigie.demo.independent.profile import WitnessCity
    from vigie.demo.independent.wire import unread

    return unread(WitnessCity(city, simulated))


def print_lines(lines: Sequence[Compared]) -> None:
    """A table per run: every difference, and of each chart some equal figures and how many there are."""
    rows = []
    for chart, group in groupby(lines, key=lambda line: line.chart):
        found = list(group)
        wrong = [line for line in found if not line.is_equal]
        equal = [line for line in found if line.is_equal]
        rows += [cells(line) for line in (*wrong, *equal[:SHOWN_PER_CHART])]
        if len(equal) > SHOWN_PER_CHART:
            rows.append([chart, "…", f"{len(equal) - SHOWN_PER_CHART} more figures", "", "", "equal"])
    heads = ("chart", "row", "figure", "Superset", "independent", "")
    screen.print_table(heads, rows, title="Superset's figures beside an independent computation from the input files")


def cells(line: Compared) -> list[str]:
    """One printed line."""
    state = "equal" if line.is_equal else "DIFFERS"
    return [line.chart, " ".join(line.key), line.column, plain(line.shown), plain(line.computed), state]


def plain(value: object) -> str:
    """A figure as text, without the noise of the last binary digits."""
    return f"{value:.10g}" if isinstance(value, int | float) else "-" if value is None else str(value)
