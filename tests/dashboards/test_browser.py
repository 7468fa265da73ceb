"""The dashboard opened in a real browser, by the read-only account."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from dashboards.browser import Login, PageReport, open_dashboard
from dashboards.check import FOLDER
from dashboards.chromium import Page
from dashboards.client import SupersetClient
from dashboards.errors import BrowserError
from dashboards.specification import load_dashboard
from schemas.codes import load_codes
from tests.dashboards.conftest import Observatory
from tests.dashboards.small_incidents import report_id
from tests.dashboards.small_lake import DAYS

pytestmark = pytest.mark.integration
NARROW_SPACE = "\u202f"
TAB = "Incidents réunis"


@pytest.fixture(scope="module")
def page(observatory: Observatory, tmp_path_factory: pytest.TempPathFactory) -> PageReport:
    # OBSERVATORY_PICTURE keeps the picture for whoever wants to look at it.
    kept = os.environ.get("OBSERVATORY_PICTURE")
    picture = Path(kept) if kept else tmp_path_factory.mktemp("picture") / "observatory.png"
    reader = observatory.superset.reader
    return open_dashboard(observatory.superset.url, Login(reader.username, reader.password), "observatory", picture)


@pytest.fixture(scope="module")
def incidents(observatory: Observatory, tmp_path_factory: pytest.TempPathFactory) -> PageReport:
    # INCIDENTS_PICTURE keeps the picture for whoever wants to look at it.
    kept = os.environ.get("INCIDENTS_PICTURE")
    picture = Path(kept) if kept else tmp_path_factory.mktemp("picture") / "incidents.png"
    return look_at_incidents(observatory, picture)


def look_at_incidents(
    observatory: Observatory, picture: Path, then: Callable[[Page], None] | None = None
) -> PageReport:
    reader = observatory.superset.reader
    login = Login(reader.username, reader.password)
    return open_dashboard(observatory.superset.url, login, "observatory", picture, tab=TAB, then=then)


def test_no_element_reports_an_error(page: PageReport, incidents: PageReport) -> None:
    for each in (page, incidents):
        assert each.errors == ()
        assert each.console == ()
        assert set(each.answers) == {200}


def test_every_chart_is_shown_with_its_title_on_its_tab(page: PageReport, incidents: PageReport) -> None:
    dashboard = load_dashboard(FOLDER)
    for tab, each in zip(dashboard.tabs, (page, incidents), strict=True):
        for name in (cell.chart for row in tab.rows for cell in row):
            assert dashboard.charts[str(name)].title.fr in each.titles


def test_a_click_on_an_incident_keeps_its_reports_and_its_links_only(observatory: Observatory, tmp_path: Path) -> None:
    chosen = f"incident:{report_id(9, 0)}"

    def click(page: Page) -> None:
        cells = f"[...document.querySelectorAll('td')].filter(e => e.innerText.trim() === '{chosen}')"
        page.evaluate(f"{cells}[0].click()")

    narrowed = look_at_incidents(observatory, tmp_path / "narrowed.png", click)
    tab = load_dashboard(FOLDER).tabs[1]
    wanted = {"col": "incident_id", "op": "IN", "val": [chosen]}
    asked = [question["queries"][0]["filters"] for question in narrowed.questions]
    # Every chart of the tab but the one that was clicked, and none of the other tab.
    assert len(asked) == sum(cell.chart is not None for row in tab.rows for cell in row) - 1
    assert all(wanted in filters for filters in asked)
    assert narrowed.errors == ()
    assert "0.75" in narrowed.text
    assert "0.60" not in narrowed.text


def test_a_tab_that_is_not_there_is_named(observatory: Observatory, tmp_path: Path) -> None:
    reader = observatory.superset.reader
    login = Login(reader.username, reader.password)
    with pytest.raises(BrowserError, match="found 0 tabs named `Murders`"):
        open_dashboard(observatory.superset.url, login, "observatory", tmp_path / "x.png", tab="Murders")


def test_known_figures_are_visible_as_french_writes_them(observatory: Observatory, page: PageReport) -> None:
    total = int(observatory.bay.total("gold.zone_indicator_day", "incident_count"))
    assert f"{total:,}".replace(",", NARROW_SPACE) in page.text
    assert f"4,33{NARROW_SPACE}%" in page.text
    assert "29/04/2011 23:30" in page.text
    assert "En hausse" in page.text


def test_the_interface_is_french_by_default(page: PageReport) -> None:
    assert "Appliquer les filtres" in page.text


def test_the_other_city_is_not_mixed_in(page: PageReport) -> None:
    assert "Police de la baie" in page.text
    assert "Police de la lande" not in page.text


def test_the_browser_asks_what_the_stored_questions_ask(
    observatory: Observatory, page: PageReport, incidents: PageReport
) -> None:
    superset = observatory.superset
    asked = {
        question["form_data"]["slice_id"]: question["queries"][0]
        for question in (*page.questions, *incidents.questions)
        if question["form_data"].get("slice_id")
    }
    city = {"col": "city_label", "op": "IN", "val": ["Baie"]}
    with SupersetClient(superset.url, superset.admin.username, superset.admin.password) as client:
        charts = client.get("/api/v1/dashboard/observatory/charts")["result"]
        assert {chart["id"] for chart in charts} == set(asked)
        for chart in charts:
            stored = json.loads(client.get(f"/api/v1/chart/{chart['id']}")["result"]["query_context"])["queries"][0]
            sent = asked[chart["id"]]
            for key in ("columns", "metrics", "series_columns", "post_processing", "row_limit"):
                assert sent.get(key) == stored.get(key), (chart["slice_name"], key)
            assert sent.get("orderby") == stored.get("orderby") or not stored.get("orderby"), chart["slice_name"]
            assert [item for item in sent["filters"] if item != city] == stored["filters"], chart["slice_name"]
            assert city in sent["filters"]


def test_the_picture_shows_map_and_lines(page: PageReport) -> None:
    with Image.open(page.screenshot) as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    assert width == 1600
    assert height > 1500
    colours = {colour: count for count, colour in picture.getcolors(1 << 24)}
    # Theft's line has the colour of the code list; zones have colours that are neither grey nor white.
    assert colours.get((0, 114, 178), 0) > DAYS
    map_area = picture.crop((270, 330, 1040, 850))
    coloured = sum(
        count
        for count, (red, green, blue) in map_area.getcolors(1 << 24)
        if max(red, green, blue) - min(red, green, blue) > 40
    )
    assert coloured > 0.15 * map_area.width * map_area.height


def test_the_picture_of_incidents_shows_points_in_the_colours_of_their_themes(incidents: PageReport) -> None:
    with Image.open(incidents.screenshot) as opened:
        picture = opened.convert("RGB")
    colours = {colour: count for count, colour in picture.getcolors(1 << 24)}
    for theme in ("theft", "nuisance", "rescue", "road"):
        colour = load_codes("theme")[theme].attributes["colour"]
        assert colours.get(ImageColor.getrgb(str(colour)), 0) > 10, theme


def test_a_wrong_password_is_told(observatory: Observatory, tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="the login of reader"):
        open_dashboard(observatory.superset.url, Login("reader", "wrong"), "observatory", tmp_path / "x.png", seconds=5)
    assert not (tmp_path / "x.png").exists()
