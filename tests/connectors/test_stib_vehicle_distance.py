"""The traps of the vehicle positions of Brussels."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

POSITION = "silver.vehicle_position"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with the recording of polls."""
    return recorded("stib_vehicle_distance+parquet")


@pytest.fixture
def interface(recorded: Callable[[str], Any]) -> Any:
    """The connector with a poll in JSON."""
    return recorded("stib_vehicle_distance")


def table(**columns: list[Any]) -> bytes:
    """A Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def test_every_position_of_the_day_is_kept(source: Any) -> None:
    """40,510 rows; where trams stand together, two or three rows are equal but for their ordinal."""
    found = source.full.rows(POSITION)
    assert len({row["vehicle_position_id"] for row in found}) == len(found) == 40_510
    ordinals = Counter(row["vehicle_position_id"].rpartition("-")[2] for row in found)
    assert ordinals == {"0": 39_381, "1": 1_094, "2": 35}


def test_service_runs_past_midnight_in_utc_seconds(source: Any) -> None:
    """The last position of 18 March is at 01:31 of the 19th in Brussels."""
    found = source.full.rows(POSITION)
    assert min(row["observed_at"] for row in found) == "2025-03-18T03:38:17Z"
    assert max(row["observed_at"] for row in found) == "2025-03-19T00:31:29Z"


def test_direction_is_a_terminus_and_identifiers_stay_as_told(source: Any) -> None:
    """Stops with a leading zero keep it; nothing is taken for a longitude."""
    found = source.full.rows(POSITION)
    assert {row["terminus_stop_id"] for row in found} == {"529", "539", "5299", "5710", "5766", "9943"}
    assert {"0529", "5298"} <= {row["stop_id"] for row in found}
    assert not any(row.get("longitude") or row.get("direction_id") for row in found)
    assert {row["line_id"] for row in found} == {"55"}


def test_a_file_of_several_lines_names_them(source: Any) -> None:
    """The column `line` goes before the setting; order and type of columns do not matter."""
    content = table(point=[5298, 8733], line=["55", "7"], dist=[1.5, 0.0], ts=[1742269097, 1742269097], dir=["1", "2"])
    found = source.read(content).rows(POSITION)
    assert [(row["line_id"], row["stop_id"], row["stop_distance_m"]) for row in found] == [
        ("55", "5298", 1.5),
        ("7", "8733", 0.0),
    ]


def test_two_polls_of_the_interface_have_different_keys(interface: Any) -> None:
    """The JSON says no instant, so the answer itself tells polls apart; an equal answer is an equal poll."""
    document = json.loads(interface.slice)
    document["lines"][0]["vehiclePositions"][0]["distanceFromPoint"] += 20
    first, second = (
        {row["vehicle_position_id"] for row in interface.read(content).rows(POSITION)}
        for content in (interface.slice, json.dumps(document).encode())
    )
    assert not first & second
    assert "observed_at" not in dict(interface.read(interface.slice).accepted[0][1])


def test_lists_may_stand_alone_or_inside_text(interface: Any, recorded: Callable[[str], Any]) -> None:
    """The portal's records, its export (a list) and the interface tell the same vehicles."""
    lines = json.loads(interface.slice)["lines"]
    portal = [{"lineid": line["lineId"], "vehiclepositions": json.dumps(line["vehiclePositions"])} for line in lines]

    def told(document: Any) -> list[tuple[Any, ...]]:
        reading = interface.read(json.dumps(document).encode())
        assert reading.refused == []
        return [(row["line_id"], row["stop_id"], row["stop_distance_m"]) for _, row in reading.accepted]

    assert told(portal) == told({"total_count": 2, "results": portal}) == told({"lines": lines})
    assert recorded("stib_vehicle_distance+portal").read(recorded("stib_vehicle_distance+portal").slice).accepted


def test_a_broken_line_leaves_its_neighbours_alone(interface: Any) -> None:
    """One refused element per line that is not built as declared."""
    document = json.loads(interface.slice)
    document["lines"][:0] = [None, {"lineId": "1", "vehiclePositions": "[{"}, {"lineId": "2", "vehiclePositions": [7]}]
    reading = interface.read(json.dumps(document).encode())
    assert [(index, rule) for index, _, rule, _ in reading.refused] == [(0, "shape"), (1, "shape"), (2, "shape")]
    assert len(reading.accepted) == 16


def test_a_vehicle_without_line_is_refused(interface: Any) -> None:
    """Nobody could say which line it is of, but the stop still says where: the line may be missing, not the place."""
    reading = interface.read(b'{"lines": [{"vehiclePositions": [{"pointId": "1", "distanceFromPoint": -1}]}]}')
    assert reading.refused == [(0, POSITION, "range", "stop_distance_m")]
