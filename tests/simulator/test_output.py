"""A run on disk: marked as simulated, truth beside the messages, the same bytes again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from schemas.simulated import FILE
from simulator.city import City
from simulator.output import write
from simulator.wire import writers
from vigie.cli import build

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 3)
WRITTEN = ("municipal_logbook", "open311_requests", "icalendar_events")


def some() -> dict[str, object]:
    return {name: writer for name, writer in writers().items() if name in WRITTEN}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_seed_writes_the_same_bytes(town_of: Callable[..., City], tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(town_of(3), FIRST, LAST, tmp_path / name, some())  # type: ignore[arg-type]
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_truth_lies_beside_the_messages_and_is_marked(town: City, tmp_path: Path) -> None:
    done = write(town, FIRST, LAST, tmp_path, some())  # type: ignore[arg-type]
    assert json.loads((tmp_path / FILE).read_text())["simulated"] is True
    assert set(WRITTEN) | {"truth"} == {path.name for path in tmp_path.iterdir() if path.is_dir()}
    tables = {path.stem: pq.read_table(path) for path in (tmp_path / "truth").iterdir()}
    assert {"incident", "report", "occupation", "conflict", "dispatch", "hospital_arrival", "crowd"} <= set(tables)
    read = pq.read_table(tmp_path / "reports.parquet")
    assert {name: table.num_rows for name, table in {**tables, "reports": read}.items()} == done.rows
    reported = {one for one in tables["report"]["incident_id"].to_pylist() if one}
    assert reported <= set(tables["incident"]["incident_id"].to_pylist())
    assert tables["conflict"]["is_planted"].null_count == 0
    assert str(tables["incident"].schema.field("occurred_at").type) == "timestamp[ms, tz=UTC]"


def test_what_is_read_is_the_newest_state_of_each_report_without_the_truth(town: City, tmp_path: Path) -> None:
    write(town, FIRST, LAST, tmp_path, {})
    read = pq.read_table(tmp_path / "reports.parquet")
    told = pq.read_table(tmp_path / "truth" / "report.parquet").to_pylist()
    newest: dict[str, dict[str, object]] = {}
    for row in told:
        if not row["is_spoilt"] and row["nature"] != "exercise":
            newest[row["report_id"]] = row
    expected = {name: row for name, row in newest.items() if row["status"] != "cancelled"}
    rows = {row["report_id"]: row for row in read.to_pylist()}
    assert rows.keys() == expected.keys()
    assert all(rows[name]["occurred_at"] == row["occurred_at"] for name, row in expected.items())
    assert not {"incident_id", "nature", "is_duplicate"} & set(read.column_names)
    assert {row["source_id"].split(":")[2] for row in rows.values()} == {"marseille"}


def test_a_range_holds_the_facts_of_the_same_days_of_a_longer_one(town: City, tmp_path: Path) -> None:
    write(town, FIRST, LAST, tmp_path / "long", {})
    write(town, FIRST + timedelta(days=1), LAST, tmp_path / "short", {})
    for name in ("incident", "dispatch"):
        column = f"{name}_id"
        long, short = (pq.read_table(tmp_path / run / "truth" / f"{name}.parquet") for run in ("long", "short"))
        wanted = set(short[column].to_pylist())
        assert [row for row in long.to_pylist() if row[column] in wanted] == short.to_pylist()


def test_the_command_writes_a_folder_and_refuses_one_that_is_taken(tmp_path: Path) -> None:
    options = ["simulate", "--from", "2026-05-01", "--to", "2026-05-01", "--out", str(tmp_path / "new"), "--truth-only"]
    result = CliRunner().invoke(build(), [*options, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["days"] == 1
    again = CliRunner().invoke(build(), options)
    assert "not an empty folder" in str(again.exception)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--from", "2026-05-02"], "exchange them"),
        (["--from", "1 May"], "expected such as 2026-05-01"),
        (["--source", "cisu"], f"expected one of {min(writers())}"),
    ],
    ids=["reversed", "no_day", "no_writer"],
)
def test_the_command_says_what_is_wrong_with_its_options(change: list[str], says: str, tmp_path: Path) -> None:
    options = ["simulate", "--from", "2026-05-01", "--to", "2026-05-01", "--out", str(tmp_path / "new"), *change]
    result = CliRunner().invoke(build(), options)
    assert says in str(result.exception)
    assert not (tmp_path / "new").exists()
