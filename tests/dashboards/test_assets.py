from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
import yaml

from dashboards.assets import bundle, documents, metric_sql
from dashboards.check import FOLDER
from dashboards.dataset import datasets
from dashboards.layout import label_colours
from dashboards.specification import Dashboard, load_dashboard
from schemas.codes import load_codes
from schemas.contract import load
from schemas.label import LANGUAGES, Label

CITY = Label(fr="Baie", en="Bay")


@pytest.fixture(scope="module")
def dashboard() -> Dashboard:
    return load_dashboard(FOLDER)


@pytest.fixture(scope="module")
def assets(dashboard: Dashboard) -> dict[str, dict[str, Any]]:
    return documents(dashboard, CITY)


def test_equal_files_give_an_equal_bundle(dashboard: Dashboard) -> None:
    assert bundle(dashboard, CITY) == bundle(dashboard, CITY)


def test_the_bundle_is_made_of_readable_assets(dashboard: Dashboard, assets: dict[str, dict[str, Any]]) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(dashboard, CITY))) as archive:
        read = {name: yaml.safe_load(archive.read(name)) for name in archive.namelist()}
    assert read == {f"assets/{name}": json.loads(json.dumps(document)) for name, document in assets.items()}


def test_every_identifier_belongs_to_one_asset_only(assets: dict[str, dict[str, Any]]) -> None:
    found = [document["uuid"] for document in assets.values() if "uuid" in document]
    assert len(found) == len(set(found))


def test_every_chart_is_there_in_both_languages(dashboard: Dashboard, assets: dict[str, dict[str, Any]]) -> None:
    for language in LANGUAGES:
        for name, chart in dashboard.charts.items():
            assert assets[f"charts/{language}_{name}.yaml"]["slice_name"] == chart.title.in_language(language)


def test_formulas_are_those_of_the_contracts(assets: dict[str, dict[str, Any]]) -> None:
    by_table = {dataset.view(language): dataset for dataset in datasets().values() for language in LANGUAGES}
    for name, document in assets.items():
        if name.startswith("datasets/"):
            contract = by_table[document["table_name"]].contract
            for metric in document["metrics"]:
                assert contract.metric(metric["metric_name"]).expression in metric["expression"]


def test_charts_name_metrics_and_hold_no_formula(assets: dict[str, dict[str, Any]]) -> None:
    for name, document in assets.items():
        if name.startswith("charts/"):
            (query,) = json.loads(document["query_context"])["queries"]
            assert all(isinstance(metric, str) for metric in query["metrics"])
            assert "expressionType: SQL" not in yaml.safe_dump(document["params"])


def test_a_metric_that_gives_a_code_gives_its_label() -> None:
    trend = load("gold.zone_indicator_day").metric("trend")
    for language in LANGUAGES:
        for code in load_codes("trend").codes:
            assert f"WHEN '{code.code}' THEN '{code.label.in_language(language)}'" in metric_sql(trend, language)


def test_colours_of_themes_are_those_of_the_code_list(dashboard: Dashboard) -> None:
    for language in LANGUAGES:
        colours = label_colours(dashboard, language)
        for code in load_codes("theme").codes:
            assert colours[code.label.in_language(language)] == code.attributes["colour"]


def test_an_english_asset_has_no_french_label(assets: dict[str, dict[str, Any]]) -> None:
    french = assets["datasets/lake/fr_zone_indicator_day.yaml"]
    english = assets["datasets/lake/en_zone_indicator_day.yaml"]
    contract = load("gold.zone_indicator_day")
    for language, dataset in (("fr", french), ("en", english)):
        labels = {column["column_name"]: column["verbose_name"] for column in dataset["columns"]}
        assert labels["theme_label"] == contract.column("theme_code").label.in_language(language)
        titles = {metric["metric_name"]: metric["verbose_name"] for metric in dataset["metrics"]}
        assert titles["rate_per_1000"] == contract.metric("rate_per_1000").label.in_language(language)


def test_nothing_of_a_machine_is_in_the_bundle(assets: dict[str, dict[str, Any]]) -> None:
    text = yaml.safe_dump_all(assets.values(), allow_unicode=True)
    assert not re.search(r"/(work|root|home|tmp|Users)/|\bhttps?://|password", text)


def test_tables_are_never_rendered_as_html(assets: dict[str, dict[str, Any]]) -> None:
    tables = [document["params"] for document in assets.values() if document.get("viz_type") == "table"]
    assert tables
    assert all(params["allow_render_html"] is False for params in tables)


def test_the_dashboard_opens_on_one_city(assets: dict[str, dict[str, Any]]) -> None:
    (city,) = [
        item
        for item in assets["dashboards/en_observatory.yaml"]["metadata"]["native_filter_configuration"]
        if item["id"] == "NATIVE_FILTER-city"
    ]
    assert city["defaultDataMask"]["filterState"]["value"] == ["Bay"]
    assert city["controlValues"]["enableEmptyFilter"] is True


def test_a_filter_leaves_alone_the_charts_that_lack_its_column(
    dashboard: Dashboard, assets: dict[str, dict[str, Any]]
) -> None:
    document = assets["dashboards/fr_observatory.yaml"]
    cells = [
        cell["meta"] for cell in document["position"].values() if isinstance(cell, dict) and cell["type"] == "CHART"
    ]
    number = {cell["sliceName"]: cell["chartId"] for cell in cells}
    sources = number[dashboard.charts["sources"].title.fr]
    for item in document["metadata"]["native_filter_configuration"]:
        reaches_sources = item["id"] in ("NATIVE_FILTER-city", "NATIVE_FILTER-source")
        assert (sources in item["scope"]["excluded"]) is not reaches_sources


def test_a_chart_is_in_its_tab_and_its_clicks_stay_there(
    dashboard: Dashboard, assets: dict[str, dict[str, Any]]
) -> None:
    document = assets["dashboards/fr_observatory.yaml"]
    nodes = document["position"]
    assert [nodes[tab]["meta"]["text"] for tab in nodes["TABS-1"]["children"]] == ["Signalements", "Incidents réunis"]
    for node in nodes.values():
        if isinstance(node, dict) and node["type"] == "CHART":
            tab = next(parent for parent in node["parents"] if parent.startswith("TAB-"))
            clicks = document["metadata"]["chart_configuration"][str(node["meta"]["chartId"])]["crossFilters"]
            assert clicks["scope"] == {"rootPath": [tab], "excluded": [node["meta"]["chartId"]]}
            assert node["id"] in nodes[node["parents"][-1]]["children"]
            assert all(parent in nodes for parent in node["parents"])


def test_period_zone_and_theme_reach_incidents_reports_and_links(
    dashboard: Dashboard, assets: dict[str, dict[str, Any]]
) -> None:
    document = assets["dashboards/fr_observatory.yaml"]
    numbers = {
        node["meta"]["sliceName"]: node["meta"]["chartId"]
        for node in document["position"].values()
        if isinstance(node, dict) and node["type"] == "CHART"
    }
    filters = {item["id"]: item for item in document["metadata"]["native_filter_configuration"]}
    for name in ("fused_map", "fused_reports", "fused_links"):
        for item in ("city", "zone", "theme", "period"):
            excluded = filters[f"NATIVE_FILTER-{item}"]["scope"]["excluded"]
            assert numbers[dashboard.charts[name].title.fr] not in excluded, (name, item)


def test_points_take_their_colour_from_the_theme_and_their_words_from_the_contract(
    assets: dict[str, dict[str, Any]],
) -> None:
    for language, words in (("fr", ["Catégorie", "Survenu le"]), ("en", ["Category", "Occurred at"])):
        params = assets[f"charts/{language}_fused_map.yaml"]["params"]
        assert params["dimension"] == "theme_label"
        assert [item["verbose_name"] for item in params["tooltip_contents"]][:2] == words
        assert "tooltip_template" not in params
