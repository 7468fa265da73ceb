"""Retention is kept down to the bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.maintenance import age_column, maintain
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.contract import load, load_all
from tests.jobs.stored import stored_rows
from tests.jobs.town import Bronze, report

CAP_DAYS = load("bronze.record").retention_days or 0
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", [c.name for c in load_all() if c.retention_days is not None])
def test_every_table_with_a_cap_dates_its_rows(name: str) -> None:
    assert age_column(load(name)) is not None or not load(name).personal_data


@pytest.mark.integration
def test_a_row_one_day_over_its_cap_is_gone_with_its_bytes(lake: Lake, settings: LakeSettings) -> None:
    bronze = Bronze(lake)
    bronze.tell([report(1, address="TOO OLD STREET")], collected_at=NOW - timedelta(days=CAP_DAYS + 1))
    bronze.tell([report(2, address="JUST KEPT STREET")], collected_at=NOW - timedelta(days=CAP_DAYS - 1))
    assert holding(settings, b"TOO OLD STREET")
    done = {one.table: one.deleted_rows for one in maintain(lake, now=NOW, keep_hours=0)}
    assert done == {"bronze.record": 1}
    assert [row["record_id"] for row in stored_rows(settings, "bronze.record")]
    assert not holding(settings, b"TOO OLD STREET")
    assert holding(settings, b"JUST KEPT STREET")
    assert {one.deleted_rows for one in maintain(lake, now=NOW, keep_hours=0)} == {0}


def holding(settings: LakeSettings, text: bytes) -> list[Path]:
    """Data files whose bytes hold a text; Parquet keeps column minima uncompressed, and pages are read as written."""
    files = sorted(Path(settings.table_path("bronze.record")).rglob("*.parquet"))
    found = [path for path in files if "_delta_log" not in path.parts]
    return [path for path in found if text in path.read_bytes() or text in _values(path)]


def _values(path: Path) -> bytes:
    return str(pq.read_table(path).to_pylist()).encode()
