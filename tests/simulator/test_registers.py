"""Plans in the formats of registers: read without a loss, as they were planned, and told by whom the truth says."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from connectors.sdk.accounting import Outcome
from simulator.city import City
from simulator.clock import first_passage_of
from simulator.facts import DayFacts, simulate_day
from simulator.output import write
from simulator.truth.occupations import Occupation
from simulator.truth.registers import Telling
from simulator.wire import writers
from simulator.wire._mapped import Fields
from simulator.wire._registers import announced
from simulator.wire.film_shoots import crew
from simulator.wire.municipal_orders import kind_of
from tests.simulator.reading import files, read, rows_of, seconds

REGISTERS = ("building_permits", "declared_demonstrations", "film_shoots", "municipal_orders")
MAY = [date(2026, 5, 1) + timedelta(days=ahead) for ahead in range(31)]
SPRING = [date(2026, 3, 27) + timedelta(days=ahead) for ahead in range(4)]
AUTUMN = [date(2026, 10, 23) + timedelta(days=ahead) for ahead in range(4)]
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module", params=[MAY, SPRING, AUTUMN], ids=["may", "spring", "autumn"])
def written(request: pytest.FixtureRequest, town: City, tmp_path_factory: pytest.TempPathFactory) -> list[date]:
    return list(request.param)


@pytest.fixture(scope="module")
def told(written: list[date], town: City) -> list[Telling]:
    return [telling for on in written for telling in simulate_day(town, on).tellings]


@pytest.fixture(scope="module")
def found(written: list[date], town: City, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    folder = tmp_path_factory.mktemp("registers")
    write(town, written[0], written[-1], folder, {name: writers()[name] for name in REGISTERS})
    return {name: list(read(town, name, files(folder, name))) for name in REGISTERS if (folder / name).exists()}


def minute(city: City, at: int) -> int:
    return first_passage_of(city, at) // 60 * 60


def pairs(
    name: str, told: list[Telling], found: dict[str, list[Outcome]]
) -> list[tuple[Telling, Occupation, dict[str, Any]]]:
    """Each telling with its row; none is lost, none is more, and the spoilt alone are refused."""
    mine = {one.told_as: one for one in told if one.source == name}
    rows = {row["occupation_id"]: row for row in rows_of(found.get(name, []), "silver.planned_occupation")}
    assert set(rows) == {key for key, one in mine.items() if not one.is_spoilt}
    assert sum(bool(one.violations) for one in found.get(name, [])) == sum(one.is_spoilt for one in mine.values())
    return [(mine[key], mine[key].occupation, row) for key, row in rows.items()]


def test_demonstrations_are_read_with_their_way(town: City, told: list[Telling], found: dict[str, Any]) -> None:
    for telling, one, row in pairs("declared_demonstrations", told, found):
        begins = minute(town, one.starts_s)
        assert seconds(row["starts_at"]) == begins
        assert seconds(row["ends_at"]) == minute(town, one.ends_s) > begins
        assert row["occupation_kind_code"] == "demonstration"
        assert row["source_kind"] == ("Cortège" if one.route else "Rassemblement")
        assert row["longitude"] == pytest.approx(one.longitude, abs=1e-7)
        assert row["latitude"] == pytest.approx(one.latitude, abs=1e-7)
        bounds = (row[f"expected_attendance_{bound}_count"] for bound in ("min", "central", "max"))
        assert tuple(bounds) == announced(one.attendance)
        assert row["order_number"] == telling.number
        if one.route:
            line = json.loads(row["footprint_geojson"])
            assert line["type"] == "LineString"
            assert [tuple(point) for point in line["coordinates"]] == [(round(x, 6), round(y, 6)) for x, y in one.route]
        else:
            assert row["footprint_geojson"] is None


def test_orders_are_read_from_set_up_to_removal_with_their_measures(
    town: City, told: list[Telling], found: dict[str, Any]
) -> None:
    assert any(one.is_spoilt for one in told)
    for telling, one, row in pairs("municipal_orders", told, found):
        assert seconds(row["starts_at"]) == minute(town, one.setup_s)
        assert seconds(row["ends_at"]) == minute(town, one.removed_s)
        assert row["occupation_kind_code"] == kind_of(telling)
        assert row["declared_measures"] == " ".join(telling.measures)
        assert row["has_road_closure"] is one.closes_street
        assert row["longitude"] == pytest.approx(one.longitude, abs=2e-7)
        assert row["latitude"] == pytest.approx(one.latitude, abs=2e-7)
        assert row["address"] == town.places.names[one.place]


def test_filming_is_read_from_a_workbook_with_set_up_and_removal(
    town: City, told: list[Telling], found: dict[str, Any]
) -> None:
    for telling, one, row in pairs("film_shoots", told, found):
        assert seconds(row["setup_from_at"]) == minute(town, one.setup_s)
        assert seconds(row["starts_at"]) == minute(town, one.starts_s)
        assert seconds(row["ends_at"]) == minute(town, one.ends_s)
        assert seconds(row["removal_until_at"]) == minute(town, one.removed_s)
        assert row["has_road_closure"] is one.closes_street
        assert row["expected_attendance_max_count"] == crew(telling)
        assert row["longitude"] == pytest.approx(one.longitude, abs=1e-7)
        assert row["latitude"] == pytest.approx(one.latitude, abs=1e-7)


def test_building_sites_are_read_by_the_day(town: City, told: list[Telling], found: dict[str, Any]) -> None:
    shortest = town.simulation["registers"]["building_permits"]["shortest_hours"] * 3600
    for _, one, row in pairs("building_permits", told, found):
        assert one.ends_s - one.starts_s >= shortest
        begins, ends = (datetime.fromtimestamp(at, PARIS).date() for at in (one.starts_s, one.ends_s))
        assert datetime.fromisoformat(row["starts_at"]).astimezone(PARIS).replace(tzinfo=None) == midnight(begins)
        after = midnight(ends + timedelta(days=1))
        assert datetime.fromisoformat(row["ends_at"]).astimezone(PARIS).replace(tzinfo=None) == after
        assert row["is_all_day"] is True
        assert row["longitude"] == pytest.approx(one.longitude, abs=2e-7)
        assert row["latitude"] == pytest.approx(one.latitude, abs=2e-7)


def midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day)


def test_an_end_never_lies_before_its_begin_where_the_clock_shows_an_hour_twice(town: City) -> None:
    fields = Fields(town, "film_shoots")
    begins, ends = (int(datetime.fromisoformat(f"2026-10-25T0{at}:00Z").timestamp()) for at in ("0:50", "1:20"))
    fields.period("starts_at", "ends_at", begins, ends)
    assert (fields.texts["Début"], fields.texts["Fin"]) == ("25/10/2026 02:50", "25/10/2026 03:05")
    fields.period("starts_at", "ends_at", begins, begins + 7200)
    assert (fields.texts["Début"], fields.texts["Fin"]) == ("25/10/2026 02:50", "25/10/2026 03:50")


def test_no_name_title_or_opinion_is_kept(found: dict[str, list[Outcome]]) -> None:
    for name, some in found.items():
        assert some, name
        assert not any("SIMUL" in str(one.message.value).upper().replace("SIMULATED", "") for one in some)


def test_one_occupation_may_stand_in_several_sources_and_the_truth_says_in_which(town: City, tmp_path: Path) -> None:
    write(town, MAY[0], MAY[9], tmp_path, {})
    rows = pq.read_table(tmp_path / "truth" / "occupation_telling.parquet").to_pylist()
    sources: dict[str, set[str]] = {}
    for row in rows:
        assert row["source"] not in sources.setdefault(row["occupation_id"], set())
        sources[row["occupation_id"]].add(row["source"])
    occupations = pq.read_table(tmp_path / "truth" / "occupation.parquet").to_pylist()
    assert set(sources) == {row["occupation_id"] for row in occupations}
    assert all("icalendar_events" in told for told in sources.values())
    kinds = {row["occupation_id"]: row["kind"] for row in occupations}
    together = {(kinds[key], *sorted(told)) for key, told in sources.items()}
    assert ("works", "building_permits", "datex2_situations", "icalendar_events", "municipal_orders") in together
    assert ("filming", "film_shoots", "icalendar_events", "municipal_orders") in together
    assert any("municipal_orders" not in told for told in sources.values())


def test_what_a_register_tells_belongs_to_the_day_alone(town: City) -> None:
    def texts(facts: DayFacts) -> list[bytes]:
        return [message.content for name in REGISTERS for message in writers()[name].messages(town, facts)]

    first = texts(simulate_day(town, MAY[3]))
    assert first
    assert first == texts(simulate_day(town, MAY[3]))
    assert first != texts(simulate_day(town, MAY[4]))
