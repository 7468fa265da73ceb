"""Reads tables back with an engine that is not Spark."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from jobs.sdk.settings import LakeSettings

Rows = list[dict[str, Any]]


def stored_rows(settings: LakeSettings, name: str) -> Rows:
    """Every row of a table, in a fixed order; none when the table is not there."""
    path = settings.table_path(name)
    if not Path(path, "_delta_log").is_dir():
        return []
    rows: Rows = DeltaTable(path).to_pyarrow_table().to_pylist()
    return sorted(rows, key=lambda row: json.dumps(row, default=str, sort_keys=True))


def digest(settings: LakeSettings, name: str) -> str:
    """Hash of a table's rows, whatever their order and files."""
    text = json.dumps(stored_rows(settings, name), default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def totals(settings: LakeSettings) -> dict[str, int]:
    """The accounts of all batches, added up."""
    rows = stored_rows(settings, "quality.batch_count")
    names = ("read_count", "accepted_count", "duplicate_count", "updated_count", "rejected_count")
    return {name: sum(row[name] for row in rows) for name in names}


def commits(settings: LakeSettings, name: str) -> int:
    """Number of the table's last commit."""
    return int(DeltaTable(settings.table_path(name)).version())
