"""What must not be possible on the running Superset, tried for real."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.check import FOLDER
from dashboards.client import SupersetClient
from dashboards.dataset import datasets
from dashboards.errors import SupersetError
from dashboards.specification import load_dashboard
from tests.dashboards.conftest import Observatory

pytestmark = pytest.mark.integration


def run_sql(client: SupersetClient, sql: str) -> list[dict[str, Any]]:
    answer = client.post("/api/v1/sqllab/execute/", {"database_id": 1, "sql": sql, "schema": "gold", "runAsync": False})
    rows: list[dict[str, Any]] = answer["data"]
    return rows


@pytest.fixture
def admin(observatory: Observatory) -> Any:
    login = observatory.superset.admin
    with SupersetClient(observatory.superset.url, login.username, login.password) as client:
        yield client


@pytest.fixture
def reader(observatory: Observatory) -> Any:
    login = observatory.superset.reader
    with SupersetClient(observatory.superset.url, login.username, login.password) as client:
        yield client


def test_sql_over_the_views_works_for_an_administrator(observatory: Observatory, admin: SupersetClient) -> None:
    (row,) = run_sql(admin, "SELECT sum(incident_count) AS total FROM gold.zone_indicator_day WHERE city_id = 'bay'")
    assert row["total"] == observatory.bay.total("gold.zone_indicator_day", "incident_count")


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{lake}/stolen.csv'",
        "COPY (SELECT 1) TO '{outside}/stolen.csv'",
        "SELECT * FROM read_csv('{outside}/secret.csv')",
        "SELECT * FROM '{outside}/secret.csv'",
        "SELECT * FROM '{lake}/gold/source_health/*.parquet'",
        "SELECT * FROM delta_scan('{outside}')",
        "SELECT * FROM delta_scan('{lake}/gold/source_health')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM glob('/*')",
        "SELECT content FROM read_text('/etc/passwd')",
        "ATTACH '{outside}/new.duckdb' AS other",
        "CREATE TABLE gold.mine AS SELECT 1",
        "INSERT INTO gold.source_health_rows SELECT * FROM gold.source_health_rows",
        "SET enable_external_access = true",
        "SELECT * FROM duckdb_settings()",
        "PRAGMA storage_info('gold.source_health')",
        "INSTALL httpfs",
    ],
)
def test_nothing_but_views_can_be_read_and_nothing_written(
    observatory: Observatory, admin: SupersetClient, statement: str, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("secret\n42\n")
    lake = observatory.bay.city.lake_root
    before = sorted(lake.rglob("*"))
    with pytest.raises(SupersetError):
        run_sql(admin, statement.format(lake=lake, outside=tmp_path))
    assert sorted(lake.rglob("*")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def test_the_reader_sees_dashboard_and_charts(observatory: Observatory, reader: SupersetClient) -> None:
    assert reader.get("/api/v1/dashboard/observatory")["result"]["slug"] == "observatory"
    assert observatory.report.reader_datasets > 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/chart/", {"slice_name": "x", "datasource_id": 1, "datasource_type": "table", "viz_type": "table"}),
        ("/api/v1/dashboard/", {"dashboard_title": "x"}),
        ("/api/v1/dataset/", {"database": 1, "schema": "gold", "table_name": "zone_indicator_day"}),
        ("/api/v1/database/", {"database_name": "x", "sqlalchemy_uri": "duckdb:///:memory:"}),
        ("/api/v1/sqllab/execute/", {"database_id": 1, "sql": "SELECT 1", "runAsync": False}),
        ("/api/v1/security/users/", {"username": "x"}),
        ("/api/v1/security/roles/", {"name": "x"}),
    ],
)
def test_the_reader_can_write_nothing(reader: SupersetClient, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(SupersetError, match="answered 403"):
        reader.post(path, body)


def test_the_reader_cannot_change_or_delete_what_is_there(reader: SupersetClient, admin: SupersetClient) -> None:
    before = admin.get("/api/v1/chart/1")["result"]["slice_name"]
    headers = dict(reader._http.headers)
    cookies = reader._http.cookies
    for kind in ("chart", "dashboard", "dataset"):
        address = f"{reader.url}/api/v1/{kind}/1"
        assert httpx.put(address, json={"description": "x"}, headers=headers, cookies=cookies).status_code == 403
        assert httpx.delete(address, headers=headers, cookies=cookies).status_code == 403
    assert admin.get("/api/v1/chart/1")["result"]["slice_name"] == before


@pytest.fixture
def open_reader(observatory: Observatory, admin: SupersetClient) -> Any:
    """Somebody outside the service, who has an account."""
    (role,) = admin.pages("/api/v1/security/roles/", "filters:!((col:name,opr:eq,value:open_reader))")
    account = {"username": "outside", "password": secrets.token_urlsafe(12)}
    person = {"first_name": "Out", "last_name": "Side", "email": "outside@localhost", "active": True}
    admin.post("/api/v1/security/users/", {**account, **person, "roles": [role["id"]]})
    with SupersetClient(observatory.superset.url, account["username"], account["password"]) as client:
        yield client


def test_restricted_tables_are_closed_to_readers_outside_the_service(
    open_reader: SupersetClient, reader: SupersetClient, admin: SupersetClient
) -> None:
    access = {
        chart.title.fr: datasets()[chart.dataset].contract.access for chart in load_dashboard(FOLDER).charts.values()
    }
    seen = set()
    for chart in admin.get("/api/v1/dashboard/observatory/charts")["result"]:
        path = f"/api/v1/chart/{chart['id']}/data/"
        seen.add(access[chart["slice_name"]])
        assert reader.get(path)["result"]
        if access[chart["slice_name"]] == "open":
            assert open_reader.get(path)["result"]
        else:
            with pytest.raises(SupersetError, match=r"answered 40[34]"):
                open_reader.get(path)
    assert seen == {"open", "restricted"}


def test_a_visitor_without_an_account_sees_no_figure(observatory: Observatory) -> None:
    url = observatory.superset.url
    assert httpx.get(f"{url}/api/v1/chart/1/data/").status_code == 401
    assert httpx.get(f"{url}/superset/dashboard/observatory/").status_code in (302, 401)


def test_the_description_of_the_api_is_not_public(observatory: Observatory) -> None:
    assert httpx.get(f"{observatory.superset.url}/swagger/v1").status_code == 404


def test_secrets_are_readable_by_their_owner_only(repository: Path) -> None:
    template = repository / ".vigie" / "superset" / "template"
    for name in ("credentials.json", "superset.db"):
        assert (template / name).stat().st_mode & 0o077 == 0
