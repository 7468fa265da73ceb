"""The observatory as Superset assets: database, datasets, charts and one dashboard per language, in one bundle.

Identifiers are derived from names, so a second import replaces and never doubles. Labels, formulas and colours come
from contracts and code lists; nothing of the machine is in the bundle.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from dashboards.catalogue import case_of
from dashboards.dataset import Dataset, code_labels, datasets, identity
from dashboards.kinds import kind
from dashboards.layout import metadata, position
from dashboards.specification import Chart, Dashboard
from dashboards.view import View
from schemas.contract import ColumnType, Metric
from schemas.label import LANGUAGES, Label

DATABASE = "lake"
DATABASE_ID = identity("database", DATABASE)
VERSION = "1.0.0"
SUPERSET_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP",
    ColumnType.DATE: "DATE",
}


def bundle(dashboard: Dashboard, first_city: Label) -> bytes:
    """Zip archive that Superset's asset import takes.

    Args:
        dashboard: a dashboard that passed `dashboards.check.check`.
        first_city: the city shown when the dashboard is opened.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in documents(dashboard, first_city).items():
            text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
            # A fixed date keeps equal dashboards equal byte for byte.
            archive.writestr(zipfile.ZipInfo(f"assets/{name}", (2026, 1, 1, 0, 0, 0)), text)
    return stream.getvalue()


def documents(dashboard: Dashboard, first_city: Label) -> dict[str, dict[str, Any]]:
    """Every asset by its path in the bundle."""
    found: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": VERSION, "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        f"databases/{DATABASE}.yaml": _database(),
    }
    used = {chart.dataset for chart in dashboard.charts.values()}
    used |= {item.dataset for item in dashboard.filters if item.dataset}
    for language in LANGUAGES:
        for name in sorted(used):
            found[f"datasets/{DATABASE}/{language}_{name}.yaml"] = _dataset(datasets()[name], language)
        for chart in dashboard.charts.values():
            found[f"charts/{language}_{chart.name}.yaml"] = _chart(dashboard, chart, language)
        found[f"dashboards/{language}_{dashboard.name}.yaml"] = {
            "dashboard_title": dashboard.title.in_language(language),
            "description": None,
            "css": "",
            "slug": dashboard.slug.in_language(language),
            "certified_by": "",
            "certification_details": "",
            "published": True,
            "uuid": identity("dashboard", dashboard.name, language),
            "position": position(dashboard, language),
            "metadata": metadata(dashboard, language, first_city),
            "version": VERSION,
        }
    return found


def _database() -> dict[str, Any]:
    return {
        "database_name": DATABASE,
        # Only a label: the server's own configuration gives every connection the sandboxed catalogue.
        "sqlalchemy_uri": f"duckdb:///{DATABASE}.duckdb",
        "cache_timeout": 30,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "allows_virtual_table_explore": True,
            "metadata_params": {},
            "engine_params": {},
            "metadata_cache_timeout": {},
        },
        "uuid": DATABASE_ID,
        "version": VERSION,
    }


def _dataset(dataset: Dataset, language: str) -> dict[str, Any]:
    return {
        "table_name": dataset.view(language),
        "main_dttm_col": dataset.time_column,
        "description": dataset.contract.description.in_language(language),
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "catalog": None,
        "schema": "gold",
        "sql": None,
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
        "uuid": identity("dataset", dataset.name, language),
        "metrics": [_metric(metric, language) for metric in dataset.metrics],
        "columns": list(_columns(dataset, language)),
        "version": VERSION,
        "database_uuid": DATABASE_ID,
    }


def _metric(metric: Metric, language: str) -> dict[str, Any]:
    return {
        "metric_name": metric.name,
        "verbose_name": metric.label.in_language(language),
        "metric_type": None,
        "expression": metric_sql(metric, language),
        "description": metric.description.in_language(language),
        "d3format": metric.format if metric.codes is None else None,
        "currency": None,
        "extra": {},
        "warning_text": None,
    }


def metric_sql(metric: Metric, language: str) -> str:
    """The contract's formula; a formula that gives a code gives the code's label in that language instead."""
    if metric.codes is None:
        return metric.expression
    return case_of(f"({metric.expression})", code_labels(metric.codes, language))


def _columns(dataset: Dataset, language: str) -> Iterator[dict[str, Any]]:
    for column in dataset.columns:
        yield {
            "column_name": column.name,
            "verbose_name": column.label.in_language(language),
            "is_dttm": column.type in (ColumnType.DATE, ColumnType.TIMESTAMP),
            "is_active": True,
            "type": SUPERSET_TYPES[column.type],
            "advanced_data_type": None,
            "groupby": True,
            "filterable": True,
            "expression": None,
            "description": column.description.in_language(language),
            "python_date_format": None,
            "extra": {},
        }


def _chart(dashboard: Dashboard, chart: Chart, language: str) -> dict[str, Any]:
    view = View(chart, datasets()[chart.dataset], language)
    drawn = kind(chart.kind)
    form = {"viz_type": drawn.VIZ_TYPE, **drawn.render(view), "extra_form_data": {}, "dashboards": []}
    return {
        "slice_name": chart.title.in_language(language),
        "description": chart.description.in_language(language),
        "certified_by": None,
        "certification_details": None,
        "viz_type": drawn.VIZ_TYPE,
        "params": form,
        "query_context": json.dumps(query_context(view, form)),
        "cache_timeout": None,
        "uuid": identity("chart", dashboard.name, chart.name, language),
        "version": VERSION,
        "dataset_uuid": identity("dataset", chart.dataset, language),
    }


def query_context(view: View, form: Mapping[str, Any]) -> dict[str, Any]:
    """What the browser asks for a chart, stored with it; Superset writes the dataset's number in at import."""
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [kind(view.chart.kind).query(view)],
        "form_data": dict(form),
        "result_format": "json",
        "result_type": "full",
    }
