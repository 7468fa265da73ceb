"""Response times of a simulated day: what the services told, through connectors and job, is what was true of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs.gold.response_time_day import response_time_day
from simulator.city import City
from simulator.told_day import ToldDay, tell_day
from simulator.wire import writers
from tests.jobs.gold.rows import CITY, LINEAGE, ZONES, frame_of
from tests.simulator.conftest import small
from tests.simulator.reading import files, read, rows_of
from vigie.demo.independent.facts import STAGES as WITNESSED
from vigie.demo.independent.hub import situations, units
from vigie.demo.independent.profile import WitnessCity

DAY = date(2026, 5, 1)
HUB = ("cisu_emsi", "cisu_rc_ri")
TRUE = {"received": "received_s", "dispatched": "dispatched_s", "en_route": "en_route_s", "arrived": "arrived_s",
        "closed": "closed_s"}  # fmt: skip
PLATFORM = {**LINEAGE, "category_code": "fire", "received_date": DAY, "zone_id": "t:1", "source_id": "hub"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[ToldDay, Path]:
    folder = tmp_path_factory.mktemp("told")
    day = tell_day(City.of(small(), 1), DAY, {name: writers()[name] for name in HUB})
    day.keep(folder)
    return day, folder


@pytest.fixture(scope="module")
def witnessed(told: tuple[ToldDay, Path]) -> pd.DataFrame:
    _, dispatches, _ = situations(WitnessCity("marseille", told[1]), "cisu_emsi")
    assert dispatches is not None
    return dispatches


def newest(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The last telling of each key, with instants as instants."""
    last = {row[key]: row for row in rows}
    return [
        {name: instant(value) if name.endswith("_at") else value for name, value in row.items()}
        for row in last.values()
    ]


def instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def true_spans(day: ToldDay, witnessed: pd.DataFrame, first: str, last: str) -> Iterator[tuple[float, int]]:
    """Of each dispatch told: the seconds that the witness read between two stages, and those that were true."""
    sent = day.facts.dispatches
    pairs = zip(sent["unit_kind"], sent["dispatched_s"], strict=True)
    known = {pair: number for number, pair in enumerate(pairs)}
    for row in witnessed.itertuples():
        number = known["fire", int(row.dispatched.timestamp())]  # type: ignore[union-attr]
        span = (getattr(row, last) - getattr(row, first)).total_seconds()
        yield span, int(sent[TRUE[last]][number] - sent[TRUE[first]][number])


@pytest.mark.parametrize("stage", ["dispatched", "en_route", "arrived", "closed"])
def test_the_witness_reads_the_truth_wherever_it_was_told(
    stage: str, told: tuple[ToldDay, Path], witnessed: pd.DataFrame
) -> None:
    spans = list(true_spans(told[0], witnessed, "received", stage))
    measured = [(read, true) for read, true in spans if not np.isnan(read)]
    assert all(read == true for read, true in measured)
    assert len(measured) > 0.4 * len(spans) > 10


@pytest.mark.integration
def test_the_table_of_response_times_is_that_of_the_witness(
    told: tuple[ToldDay, Path], witnessed: pd.DataFrame, spark: SparkSession
) -> None:
    day, folder = told
    outcomes = {name: list(read(day.city, name, files(folder, name))) for name in HUB}
    sent = newest(rows_of(outcomes["cisu_emsi"], "silver.unit_dispatch"), "dispatch_id")
    stages = newest(rows_of(outcomes["cisu_rc_ri"], "silver.dispatch_stage"), "dispatch_stage_id")
    dispatches = frame_of(spark, "silver.unit_dispatch", [{**row, **PLATFORM} for row in sent])
    apart = frame_of(spark, "silver.dispatch_stage", [{**row, **LINEAGE, "source_id": "hub"} for row in stages])
    found = response_time_day(dispatches, apart, frame_of(spark, "reference.zone", ZONES), CITY).collect()
    table = {row.segment_code: row for row in found}
    for last in ("dispatched", "en_route", "arrived", "closed"):
        seconds = (witnessed[last] - witnessed["received"]).dt.total_seconds().dropna()
        assert table[f"received_to_{last}"].durations_seconds == sorted(seconds)
        assert table[f"received_to_{last}"].dispatch_count == len(witnessed)
    assert table["received_to_arrived"].median_seconds > 0
    assert table["received_to_answered"].measured_count == 0


def test_the_witness_accounts_for_every_unit_told(told: tuple[ToldDay, Path]) -> None:
    day, folder = told
    outcomes = list(read(day.city, "cisu_rc_ri", files(folder, "cisu_rc_ri")))
    _, _, accounts = units(WitnessCity("marseille", folder), "cisu_rc_ri")
    for line in accounts:
        mine = [one for one in outcomes if one.contract == line["contract_name"]]
        assert line["read_count"] == len(mine) > 0
        assert line["rejected_count"] == sum(bool(one.violations) for one in mine)
    assert set(WITNESSED) == {"answered", *TRUE}
