"""Send the observatory to a Superset and prove that every chart answers; ask it for the figures a reader sees.

An import that reports success proves nothing: a view that does not exist is noticed only when a chart is queried, so
`push` queries every chart of both languages afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboards.access import let_readers_see
from dashboards.assets import bundle
from dashboards.catalogue import CityLake, one_nature
from dashboards.check import FOLDER, check_folder
from dashboards.client import SupersetClient
from dashboards.dataset import datasets, identity, label_name
from dashboards.errors import SupersetError
from dashboards.layout import filter_column
from dashboards.mark import is_marked, with_banner
from dashboards.specification import Dashboard, load_dashboard
from schemas.label import LANGUAGES

READER_ROLE = "reader"
Row = dict[str, Any]


@dataclass(frozen=True)
class ChartAnswer:
    """What Superset answered for one chart."""

    dashboard: str
    chart: str
    row_count: int
    seconds: float


@dataclass(frozen=True)
class PushReport:
    """What a push left behind.

    Attributes:
        addresses: address of the dashboard by language.
        answers: one per chart and language, all successful.
        reader_datasets: datasets that the read-only role may query; 0 when Superset has no such role.
    """

    addresses: Mapping[str, str]
    answers: tuple[ChartAnswer, ...]
    reader_datasets: int


def push(url: str, username: str, password: str, cities: Sequence[CityLake], *, folder: Path = FOLDER) -> PushReport:
    """Check, import and verify a dashboard in both languages; that of simulated lakes carries the mark.

    Args:
        url: Superset's address.
        username: a user who may import assets.
        password: that user's password.
        cities: lakes of the catalogue; the first is shown when the dashboard opens.
        folder: the dashboard's files.

    Raises:
        DashboardError: the first fault of the files.
        CatalogueError: simulated and real lakes together.
        SupersetError: Superset refuses the import, a chart's query fails, or Superset shows simulated data that the
            lakes given do not tell of; the dashboards are then taken away again.
    """
    is_simulated = one_nature(cities)
    faults = check_folder(folder)
    if faults:
        raise faults[0]
    dashboard = with_banner(load_dashboard(folder)) if is_simulated else load_dashboard(folder)
    with SupersetClient(url, username, password) as client:
        # A refused import says nothing of its cause; Superset's own log does.
        client.upload("/api/v1/assets/import/", "bundle", "assets.zip", bundle(dashboard, cities[0].shown))
        if not is_simulated:
            _refuse_what_is_not_marked(client, dashboard)
        granted = _let_reader_see(client)
        answers = [answer for language in LANGUAGES for answer in _verify(client, dashboard, language)]
        slugs = {language: dashboard.slug.in_language(language) for language in LANGUAGES}
        addresses = {language: f"{client.url}/superset/dashboard/{slug}/" for language, slug in slugs.items()}
    return PushReport(addresses, tuple(answers), granted)


def chart_rows(
    url: str,
    username: str,
    password: str,
    dashboard_slug: str,
    filters: Mapping[str, str | Sequence[str]] | None = None,
    *,
    folder: Path = FOLDER,
) -> dict[str, list[Row]]:
    """Rows behind every chart of a dashboard, asked from Superset as its browser page asks them.

    Args:
        url: Superset's address.
        username: any user who may see the dashboard.
        password: that user's password.
        dashboard_slug: last part of the dashboard's address; it decides the language of labels.
        filters: choices by filter name of `dashboard.yaml`: labels as shown in the filter bar, and for `period` a text
            such as `2022-01-01 : 2022-02-01` (end excluded). What is not named is not filtered.
        folder: the dashboard's files.

    Returns:
        Rows by chart file name. Columns are the dataset's (`theme_label`, `incident_count`); dates are ISO texts.
    """
    dashboard = load_dashboard(folder)
    language = next((lang for lang in LANGUAGES if dashboard.slug.in_language(lang) == dashboard_slug), None)
    if language is None:
        raise SupersetError(f"no dashboard `{dashboard_slug}`; expected {dashboard.slug.fr} or {dashboard.slug.en}")
    with SupersetClient(url, username, password) as client:
        charts = _charts(client, dashboard, language)
        return {name: chart_data(client, chart, dashboard, filters or {}) for name, chart in charts.items()}


def chart_data(
    client: SupersetClient,
    chart: Mapping[str, Any],
    dashboard: Dashboard,
    filters: Mapping[str, str | Sequence[str]],
) -> list[Row]:
    """Rows of one stored chart under dashboard filters; see `chart_rows`."""
    context = json.loads(chart["query_context"])
    for query in context["queries"]:
        # The pivot only lays rows out for drawing; without it each row keeps its columns.
        query.pop("post_processing", None)
        _apply(query, dashboard, filters)
    answer = client.post("/api/v1/chart/data", context)["result"][0]
    return [_readable(row, answer) for row in answer["data"]]


def _apply(query: dict[str, Any], dashboard: Dashboard, filters: Mapping[str, str | Sequence[str]]) -> None:
    known = {item.name: item for item in dashboard.filters}
    for name, choice in filters.items():
        if name not in known:
            raise SupersetError(f"no filter `{name}`; expected one of {', '.join(known)}")
        item = known[name]
        if item.column is None:
            for condition in query["filters"]:
                if condition["op"] == "TEMPORAL_RANGE":
                    condition["val"] = choice
            continue
        values = [choice] if isinstance(choice, str) else list(choice)
        query["filters"].append({"col": filter_column(item), "op": "IN", "val": values})


def _readable(row: Row, answer: Mapping[str, Any]) -> Row:
    temporal = {name for name, kind in zip(answer["colnames"], answer["coltypes"], strict=True) if kind == TEMPORAL}
    return {name: _instant(value) if name in temporal else value for name, value in row.items()}


TEMPORAL = 2


def _instant(value: object) -> object:
    if not isinstance(value, int | float):
        return value
    moment = datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()


def _charts(client: SupersetClient, dashboard: Dashboard, language: str) -> dict[str, dict[str, Any]]:
    slug = dashboard.slug.in_language(language)
    listed = client.get(f"/api/v1/dashboard/{slug}/charts")["result"]
    names = {identity("chart", dashboard.name, name, language): name for name in dashboard.charts}
    found = {}
    for item in listed:
        chart = client.get(f"/api/v1/chart/{item['id']}")["result"]
        name = names.get(str(chart.get("uuid")))
        if name is not None:
            found[name] = chart
    missing = sorted(set(dashboard.charts) - set(found))
    if missing:
        raise SupersetError(f"dashboard {slug} at {client.url} lacks the charts {', '.join(missing)}; push it again")
    return {name: found[name] for name in sorted(found)}


def _verify(client: SupersetClient, dashboard: Dashboard, language: str) -> list[ChartAnswer]:
    answers = []
    for name, chart in _charts(client, dashboard, language).items():
        started = datetime.now(UTC)
        try:
            result = client.get(f"/api/v1/chart/{chart['id']}/data/")["result"][0]
        except SupersetError as error:
            raise SupersetError(f"chart {name} ({language}) does not answer: {error}") from error
        if result.get("error") or result.get("rejected_filters"):
            raise SupersetError(
                f"chart {name} ({language}) answers with {result.get('error')}, filters refused: "
                f"{result.get('rejected_filters')}"
            )
        seconds = (datetime.now(UTC) - started).total_seconds()
        slug = dashboard.slug.in_language(language)
        answers.append(ChartAnswer(slug, name, int(result["rowcount"]), seconds))
    return answers


def _refuse_what_is_not_marked(client: SupersetClient, dashboard: Dashboard) -> None:
    """Take the dashboards away again when the catalogue behind Superset holds a simulated city."""
    simulated = sorted(filter(is_marked, _cities_shown(client, dashboard)))
    if not simulated:
        return
    for language in LANGUAGES:
        slug = dashboard.slug.in_language(language)
        client.delete(f"/api/v1/dashboard/{client.get(f'/api/v1/dashboard/{slug}')['result']['id']}")
    raise SupersetError(
        f"the catalogue of {client.url} shows {', '.join(simulated)}, but no lake given is simulated; the dashboards "
        "were taken away again. Push from where the simulated lake lies, or give Superset a catalogue without it"
    )


def _cities_shown(client: SupersetClient, dashboard: Dashboard) -> set[str]:
    """Names of the cities in every dataset of the dashboard."""
    found: set[str] = set()
    asked: set[str] = set()
    for name, chart in _charts(client, dashboard, LANGUAGES[0]).items():
        dataset = dashboard.charts[name].dataset
        if dataset in asked or "city_id" not in datasets()[dataset].sources:
            continue
        asked.add(dataset)
        column = label_name("city_id")
        stored = json.loads(chart["query_context"])
        question = {"columns": [column], "metrics": stored["queries"][0]["metrics"], "filters": [], "row_limit": 1000}
        context = {"datasource": stored["datasource"], "queries": [question], "force": True}
        answer = client.post("/api/v1/chart/data", context)["result"][0]
        found |= {str(row[column]) for row in answer["data"]}
    return found


def _let_reader_see(client: SupersetClient) -> int:
    return let_readers_see(client).get(READER_ROLE, 0)


def as_lines(report: PushReport) -> list[str]:
    """The report as text, one line per fact."""
    slowest = max(report.answers, key=lambda answer: answer.seconds)
    return [
        *(f"{language}: {address}" for language, address in report.addresses.items()),
        f"{len(report.answers)} charts answered, the slowest ({slowest.chart}) in {slowest.seconds:.2f} s",
    ]
