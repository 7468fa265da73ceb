"""Figures that Superset gives for the small lakes, against the same figures added up in plain Python."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest

from dashboards.check import FOLDER
from dashboards.client import SupersetClient
from dashboards.errors import SupersetError
from dashboards.push import chart_rows, push
from dashboards.specification import load_dashboard
from schemas.codes import load_codes
from schemas.label import LANGUAGES
from tests.dashboards.conftest import Observatory
from tests.dashboards.small_incidents import SIZES, report_id
from tests.dashboards.small_lake import DAYS, FIRST_DAY, Row, percentile
from vigie.demo.independent.compare import chart_lines, keyed
from vigie.demo.independent.incidents import FUSED_CHARTS, fused, within_limit

pytestmark = pytest.mark.integration
FACTS = "gold.zone_indicator_day"
TIMES = "gold.response_time_day"


def ask(observatory: Observatory, slug: str, **filters: Any) -> dict[str, list[Row]]:
    reader = observatory.superset.reader
    return chart_rows(observatory.superset.url, reader.username, reader.password, slug, filters)


@pytest.fixture(scope="module")
def bay_rows(observatory: Observatory) -> dict[str, list[Row]]:
    return ask(observatory, "observatory", city="Baie")


def test_every_chart_of_both_languages_answers(observatory: Observatory) -> None:
    charts = load_dashboard(FOLDER).charts
    assert Counter(answer.dashboard for answer in observatory.report.answers) == {
        "observatory": len(charts),
        "observatory-en": len(charts),
    }
    assert all(answer.row_count > 0 for answer in observatory.report.answers)


def test_no_chart_is_cut_short(observatory: Observatory) -> None:
    rows = ask(observatory, "observatory")
    assert len(rows["themes_by_day"]) == 3 * DAYS + 6
    assert len(rows["zones_map"]) == 7 + 3


def test_the_city_total_holds_the_facts_without_a_zone(
    observatory: Observatory, bay_rows: dict[str, list[Row]]
) -> None:
    assert bay_rows["incidents"] == [{"incident_count": observatory.bay.total(FACTS, "incident_count")}]
    unlocated = observatory.bay.total(FACTS, "incident_count", lambda row: row["zone_id"] == "unlocated")
    assert bay_rows["incidents_unlocated"] == [{"incident_count": unlocated}]
    assert sum(row["incident_count"] for row in bay_rows["zones"]) == bay_rows["incidents"][0]["incident_count"]


def test_the_map_colours_each_zone_by_its_count(observatory: Observatory, bay_rows: dict[str, list[Row]]) -> None:
    expected = observatory.bay.totals(FACTS, "zone_name", "incident_count")
    drawn = {row["zone_label"]: row["incident_count"] for row in bay_rows["zones_map"]}
    assert drawn == {name: count for name, count in expected.items() if name.startswith("Hexagone")}
    rings = {part["ring_json"] for part in observatory.bay.tables["reference.zone_part"]}
    assert {row["ring_json"] for row in bay_rows["zones_map"]} == rings


def test_lines_follow_themes_day_by_day(observatory: Observatory, bay_rows: dict[str, list[Row]]) -> None:
    expected: dict[tuple[str, str], int] = defaultdict(int)
    themes = load_codes("theme")
    for row in observatory.bay.tables[FACTS]:
        expected[row["indicator_date"].isoformat(), themes.label(row["theme_code"], "fr")] += row["incident_count"]
    found = {(row["indicator_date"], row["theme_label"]): row["incident_count"] for row in bay_rows["themes_by_day"]}
    assert found == expected


def test_zones_are_compared_over_days_that_have_a_baseline(
    observatory: Observatory, bay_rows: dict[str, list[Row]]
) -> None:
    compared = [row for row in observatory.bay.tables[FACTS] if row["baseline_count"] is not None]
    found = {row["zone_label"]: row for row in bay_rows["zones_trend"]}
    assert len(found) == 9
    for name in ("Hexagone 0", "Hexagone 3", "Hexagone 6"):
        rows = [row for row in compared if row["zone_name"] == name]
        count, baseline = sum(row["incident_count"] for row in rows), sum(row["baseline_count"] for row in rows)
        assert found[name]["incident_count"] == count
        assert found[name]["baseline_count"] == pytest.approx(baseline)
        assert found[name]["change_ratio"] == pytest.approx(count / baseline - 1)
        criticality = str(max(row["criticality_level"] for row in rows))
        assert found[name]["criticality_level"] == load_codes("criticality").label(criticality, "fr")
    assert found["Hexagone 0"]["trend"] == "En hausse"
    assert found["Hexagone 6"]["trend"] == "En baisse"


def test_trend_is_unknown_where_days_without_a_baseline_are_counted(observatory: Observatory) -> None:
    first_half = f"{FIRST_DAY} : {date(2011, 3, 11)}"
    assert ask(observatory, "observatory", city="Baie", period=first_half)["zones_trend"] == []


def test_rates_need_a_population(observatory: Observatory, bay_rows: dict[str, list[Row]]) -> None:
    assert all(row["rate_per_1000"] is None for row in bay_rows["zones"])
    rates = {row["zone_label"]: row["rate_per_1000"] for row in ask(observatory, "observatory", city="Lande")["zones"]}
    assert rates == pytest.approx({"Amont": 183 / 50, "Aval": 423 / 100})


def test_response_times_are_exact_over_any_selection(observatory: Observatory, bay_rows: dict[str, list[Row]]) -> None:
    segments = load_codes("segment")
    found = {row["segment_label"]: row for row in bay_rows["response_times"]}
    for code in ("received_to_answered", "received_to_arrived"):
        rows = [row for row in observatory.bay.tables[TIMES] if row["segment_code"] == code]
        times = [value for row in rows for value in row["durations_seconds"]]
        assert found[segments.label(code, "fr")] == {
            "segment_label": segments.label(code, "fr"),
            "median_seconds": pytest.approx(percentile(times, 0.5)),
            "p90_seconds": pytest.approx(percentile(times, 0.9)),
            "measured_count": len(times),
            "missing_count": sum(row["missing_count"] for row in rows),
        }
    assert bay_rows["response_median"][0]["median_seconds"] == found["Reçu → arrivé"]["median_seconds"]


def test_sources_show_what_was_read_and_refused(bay_rows: dict[str, list[Row]]) -> None:
    police, fire = bay_rows["sources"]
    assert police["source_label"] == "Police de la baie"
    assert police["state_label"] == load_codes("source_state").label("degraded", "fr")
    assert police["read_count"] == police["accepted_count"] + police["rejected_count"] + police["duplicate_count"]
    assert police["rejected_ratio"] == pytest.approx(0.06)
    assert fire["freshness_days"] == pytest.approx(2.0)
    assert fire["last_fact_at"] == "2011-04-29T23:30:00"
    assert bay_rows["rows_rejected"] == [{"rejected_ratio": pytest.approx(65 / 1500)}]


def test_filters_narrow_every_chart(observatory: Observatory) -> None:
    period = f"{FIRST_DAY} : {date(2011, 3, 11)}"
    rows = ask(observatory, "observatory", city="Baie", zone="Hexagone 2", theme=["Vols", "Propreté"], period=period)
    expected = observatory.bay.total(
        FACTS,
        "incident_count",
        lambda row: (
            row["zone_id"] == "h3:bay2"
            and row["theme_code"] in ("theft", "cleanliness")
            and row["indicator_date"] < date(2011, 3, 11)
        ),
    )
    assert rows["incidents"] == [{"incident_count": expected}]
    assert [row["zone_label"] for row in rows["zones_map"]] == ["Hexagone 2"]
    assert {row["theme_label"] for row in rows["themes_by_day"]} == {"Vols", "Propreté"}


def test_incidents_are_counted_without_the_cancelled_one(bay_rows: dict[str, list[Row]]) -> None:
    real = SIZES[1:]
    assert bay_rows["fused_incidents"] == [{"incident_count": len(real)}]
    assert bay_rows["fused_mean"] == [{"reports_per_incident": pytest.approx(sum(real) / len(real))}]
    assert bay_rows["fused_ratio"] == [{"fused_ratio": pytest.approx(sum(size > 1 for size in real) / len(real))}]
    assert bay_rows["fused_confidence"] == [{"confidence_ratio": pytest.approx((3 * 0.99 + 0.75 + 0.6) / 5)}]
    sizes = {row["report_count"]: row["incident_count"] for row in bay_rows["fused_sizes"]}
    assert sizes == {size: real.count(size) for size in set(real)}


def test_the_map_shows_each_placed_incident_with_what_it_tells(bay_rows: dict[str, list[Row]]) -> None:
    drawn = {row["incident_id"]: row for row in bay_rows["fused_map"]}
    assert set(drawn) == {f"incident:{report_id(number, 0)}" for number in range(len(SIZES) - 1)}
    told_most = drawn[f"incident:{report_id(10, 0)}"]
    assert told_most["report_count"] == 5
    assert told_most["theme_label"] == load_codes("theme").label("rescue", "fr")
    assert told_most["occurred_at_text"] == "02/03/2011 09:30"
    assert told_most["confidence_ratio_text"] == "60\u202f%"
    assert told_most["told_by"] == "Police de la baie + Pompiers de la baie + Boutons + Demandes + Routes"
    assert (told_most["longitude"], told_most["latitude"]) == (pytest.approx(-122.41), pytest.approx(37.77))


def test_tables_begin_with_what_an_analyst_looks_for(bay_rows: dict[str, list[Row]]) -> None:
    assert [row["report_count"] for row in bay_rows["fused_most_told"]] == sorted(SIZES, reverse=True)
    strongest = [row["link_ratio"] for row in bay_rows["fused_reports"]]
    linked = [ratio for ratio in strongest if ratio is not None]
    assert linked == sorted(linked)
    assert strongest == linked + [None] * SIZES.count(1)
    ratios = [row["link_ratio"] for row in bay_rows["fused_links"]]
    assert ratios == sorted(ratios, reverse=True)
    assert bay_rows["fused_links"][-1]["reason"] == "10 m, 1 min, même catégorie : 0.60"
    assert bay_rows["fused_links"][-1]["is_decided_label"] == "Oui"


def test_figures_of_incidents_are_those_of_the_witness(
    observatory: Observatory, bay_rows: dict[str, list[Row]]
) -> None:
    together = fused(observatory.bay.city.lake_root)
    for name, compute in FUSED_CHARTS.items():
        shown, computed = keyed(name, bay_rows[name], compute(together), {}), compute(together)
        lines = list(chart_lines(name, shown, within_limit(name, computed, shown)))
        assert lines
        assert [line for line in lines if not line.is_equal] == []


def test_filters_reach_reports_and_links_through_their_incident(observatory: Observatory) -> None:
    rows = ask(observatory, "observatory", city="Baie", theme=load_codes("theme").label("rescue", "fr"))
    wanted = {f"incident:{report_id(number, 0)}" for number in (2, 6, 10)}
    assert {row["incident_id"] for row in rows["fused_reports"]} == wanted
    assert {row["incident_id"] for row in rows["fused_links"]} == wanted - {f"incident:{report_id(2, 0)}"}
    evening = ask(observatory, "observatory", city="Baie", period="2011-03-01 : 2011-03-02")
    assert [row["incident_id"] for row in evening["fused_map"]] == [f"incident:{report_id(0, 0)}"]
    assert evening["fused_links"] == []


def test_a_city_without_incidents_shows_none(observatory: Observatory) -> None:
    rows = ask(observatory, "observatory", city="Lande")
    assert rows["fused_incidents"] == [{"incident_count": 0}]
    assert rows["fused_ratio"] == [{"fused_ratio": None}]
    assert rows["fused_map"] == rows["fused_links"] == []
    assert {name: compute(fused(observatory.moor.city.lake_root)) for name, compute in FUSED_CHARTS.items()} == {
        name: keyed(name, rows[name], {("",): dict.fromkeys(rows[name][0])}, {}) if rows[name] else {}
        for name in FUSED_CHARTS
    }


def test_english_shows_the_same_figures_in_english(observatory: Observatory, bay_rows: dict[str, list[Row]]) -> None:
    english = ask(observatory, "observatory-en", city="Bay")
    assert english["incidents"] == bay_rows["incidents"]
    assert {row["trend"] for row in english["zones_trend"]} <= {c.label.en for c in load_codes("trend").codes}
    assert english["sources"][0]["source_label"] == "Bay police"
    assert english["zones"][0]["zone_label"] == "Outside every zone"
    assert english["fused_links"][-1]["reason"] == "10 m, 1 min, same category: 0.60"
    assert {row["is_founder_label"] for row in english["fused_reports"]} == {"Yes", "No"}


def test_an_unknown_filter_or_dashboard_is_named(observatory: Observatory) -> None:
    with pytest.raises(SupersetError, match="no filter `town`; expected one of city, zone, theme, source, period"):
        ask(observatory, "observatory", town="Baie")
    with pytest.raises(SupersetError, match="no dashboard `nothing`"):
        ask(observatory, "nothing")


def test_pushing_again_replaces_and_does_not_double(observatory: Observatory) -> None:
    superset = observatory.superset
    again = push(superset.url, superset.admin.username, superset.admin.password, [observatory.bay.city])
    assert [answer.row_count for answer in again.answers] == [a.row_count for a in observatory.report.answers]
    with SupersetClient(superset.url, superset.admin.username, superset.admin.password) as client:
        assert client.get("/api/v1/dashboard/")["count"] == len(LANGUAGES)
        assert client.get("/api/v1/chart/")["count"] == len(LANGUAGES) * len(load_dashboard(FOLDER).charts)


def test_a_wrong_password_or_address_says_so(observatory: Observatory) -> None:
    with pytest.raises(SupersetError, match="security/login answered 401"):
        push(observatory.superset.url, "admin", "wrong", [observatory.bay.city])
    with pytest.raises(SupersetError, match="is Superset running at that address"):
        push("http://127.0.0.1:9", "admin", "wrong", [observatory.bay.city])


def test_stored_questions_are_valid_json_about_the_right_dataset(observatory: Observatory) -> None:
    superset = observatory.superset
    with SupersetClient(superset.url, superset.admin.username, superset.admin.password) as client:
        for chart in client.pages("/api/v1/chart/", ""):
            stored = client.get(f"/api/v1/chart/{chart['id']}")["result"]
            assert json.loads(stored["query_context"])["datasource"]["id"] == chart["datasource_id"]
