"""`vigie fuse` on a file: incidents, links in words, weights, and what cannot be fused."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.fusion.fuse import Fusion
from analytics.fusion.reports import METRES_PER_DEGREE
from tests.analytics.fusion.towns import town
from vigie.errors import WrongUse
from vigie.fusion import fuse_file

START = datetime(2026, 1, 1, tzinfo=UTC)


def table(*, as_text: bool = False) -> tuple[pa.Table, np.ndarray]:
    """The town of the fusion tests as a file of reports on the equator, and the event of each."""
    made = town(5, events=3_000)
    r = made.reports
    instants = [START + timedelta(seconds=round(float(t))) for t in r.t_seconds]
    return pa.table(
        {
            "report_id": [f"s{s}:{n:05d}" for n, s in enumerate(r.source.tolist())],
            "occurred_at": [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in instants] if as_text else instants,
            "longitude": r.x_m / METRES_PER_DEGREE,
            "latitude": r.y_m / METRES_PER_DEGREE,
            "location_precision_m": r.precision_m,
            "source_id": [f"urn:vigie:town:s{s}" for s in r.source.tolist()],
            "category_code": [f"category {c}" for c in r.category.tolist()],
        }
    ), made.event


@pytest.mark.parametrize("as_text", [False, True])
def test_reports_of_one_event_get_one_incident(tmp_path: Path, as_text: bool) -> None:
    reports, event = table(as_text=as_text)
    pq.write_table(reports, tmp_path / "reports.parquet")
    done = fuse_file(tmp_path / "reports.parquet", tmp_path / "out.parquet", lambda line: None)
    found = pq.read_table(tmp_path / "out.parquet")
    incident = np.array(found.column("incident_id").to_pylist())
    pairs = {tuple(np.flatnonzero(event == e)) for e in event if (event == e).sum() == 2}
    joined = sum(incident[i] == incident[j] for i, j in pairs)
    assert joined / len(pairs) > 0.95
    assert done.reports == found.num_rows == len(event)
    assert done.incidents == len(set(incident.tolist()))
    assert max(found.column("incident_report_count").to_pylist()) <= 3


def test_every_link_says_its_reasons_and_the_weights_can_be_read(tmp_path: Path) -> None:
    reports, _ = table()
    pq.write_table(reports, tmp_path / "reports.parquet")
    done = fuse_file(tmp_path / "reports.parquet", tmp_path / "out.parquet", lambda line: None)
    links = pq.read_table(done.links_path).to_pylist()
    assert len(links) == done.links > 1_000
    first = links[0]
    assert f"{first['distance_m']:.0f} m" in first["reason_en"]
    assert ", urn:vigie:town:s" in first["reason_en"]
    assert Fusion.from_json(done.model_path.read_text()).model.lag.sum(axis=1) == pytest.approx(1.0)
    assert json.loads(done.model_path.read_text())["model"]["window_seconds"] == 10_800.0


def test_reports_without_place_or_time_stay_incidents_of_their_own(tmp_path: Path) -> None:
    reports, _ = table()
    empty = pa.nulls(reports.num_rows, pa.float64())
    for name in ("longitude", "latitude"):
        reports = reports.set_column(reports.column_names.index(name), name, empty)
    pq.write_table(reports, tmp_path / "reports.parquet")
    done = fuse_file(tmp_path / "reports.parquet", tmp_path / "out.parquet", lambda line: None)
    assert done.incidents == done.reports == done.unplaced
    assert done.links == 0


def test_a_file_that_cannot_be_fused_is_told_with_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(WrongUse, match="cannot be read as Parquet"):
        fuse_file(tmp_path / "text.parquet", tmp_path / "out.parquet", lambda line: None)
    pq.write_table(pa.table({"report_id": ["a"]}), tmp_path / "few.parquet")
    with pytest.raises(WrongUse, match="lacks occurred_at, longitude"):
        fuse_file(tmp_path / "few.parquet", tmp_path / "out.parquet", lambda line: None)


def other(reports: pa.Table, name: str, values: object) -> pa.Table:
    """The same table with another column of that name."""
    return reports.set_column(reports.column_names.index(name), name, values)


def fused(tmp_path: Path, reports: pa.Table) -> list[str]:
    """The incident of each report of a file."""
    pq.write_table(reports, tmp_path / "reports.parquet")
    fuse_file(tmp_path / "reports.parquet", tmp_path / "out.parquet", lambda line: None)
    return [str(name) for name in pq.read_table(tmp_path / "out.parquet").column("incident_id").to_pylist()]


def test_what_means_the_same_in_another_type_gives_the_same_incidents(tmp_path: Path) -> None:
    reports, _ = table()
    expected = fused(tmp_path, reports)
    told = [t.astimezone(ZoneInfo("Europe/Paris")).isoformat(timespec="milliseconds")
            for t in reports.column("occurred_at").to_pylist()]  # fmt: skip
    sources = [int(name[-1]) for name in reports.column("source_id").to_pylist()]
    same = other(reports, "occurred_at", pa.array(told))
    same = other(same, "source_id", pa.array(sources))
    same = other(same, "category_code", reports.column("category_code").dictionary_encode())
    same = other(same, "longitude", reports.column("longitude").cast(pa.string()))
    assert fused(tmp_path, same) == expected


@pytest.mark.parametrize(
    ("name", "row", "value", "message"),
    [
        ("report_id", 3, "s1:00009", "report_id s1:00009 stands in 2 rows"),
        ("report_id", 3, None, "row 4 has no report_id"),
        ("longitude", 5, 200.0, "row 6 has longitude 200; expected from -180 to 180"),
        ("latitude", 5, -91.0, "row 6 has latitude -91; expected from -90 to 90"),
        ("location_precision_m", 2, -5.0, "row 3 has location_precision_m -5; expected at least 0"),
        ("occurred_at", 1, "yesterday", "row 2 has occurred_at 'yesterday'; expected timestamps or ISO 8601"),
        ("occurred_at", None, 1.7e9, "column occurred_at holds double, of which the unit is not known"),
        ("longitude", None, "west", "column longitude holds string"),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_its_row(
    tmp_path: Path, name: str, row: int | None, value: object, message: str
) -> None:
    reports, _ = table(as_text=True)
    reports = other(reports, "report_id", pa.array([f"s1:{n:05d}" for n in range(reports.num_rows)]))
    values = reports.column(name).to_pylist()
    values = [value] * len(values) if row is None else [*values[:row], value, *values[row + 1 :]]
    with pytest.raises(WrongUse, match=re.escape(message)):
        fused(tmp_path, other(reports, name, pa.array(values)))
