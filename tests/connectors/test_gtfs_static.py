"""The traps of GTFS Schedule archives."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from connectors.sdk.conformance import load_subject

FEED = {
    "agency.txt": "agency_name,agency_url,agency_timezone\nRéseau,https://r.example,Europe/Paris\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,Gare Saint-Charles,43.3027,5.3806\n",
    "routes.txt": "route_id,route_type,route_short_name\nT1,0,T1\n",
    "trips.txt": "trip_id,service_id,route_id\n1,S,T1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n1,23:59:30,24:00:10,A,1\n",
    "calendar_dates.txt": "service_id,date,exception_type\nS,20240229,1\n",
}


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("gtfs_static")


def archive(files: Mapping[str, str], folder: str = "", encoding: str = "utf-8") -> bytes:
    """A feed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, text in files.items():
            packed.writestr(folder + name, text.encode(encoding))
    return file.getvalue()


def one(source: Any, contract: str, **tables: str) -> dict[str, Any]:
    """The only accepted row of a contract in the small feed with other tables."""
    files = FEED | {f"{name}.txt": text for name, text in tables.items()}
    reading = source.read(archive(files))
    assert reading.refused == []
    (row,) = (row for name, row in reading.accepted if name == f"reference.{contract}")
    return row


def test_every_line_of_the_recording_is_a_row_of_its_table(source: Any) -> None:
    """Shapes are the only table left out."""
    assert source.full.refused == []
    assert Counter(contract for contract, _ in source.full.accepted) == {
        "reference.stop_time": 39_011,
        "reference.service_rule": 583 + 1_043,
        "reference.trip": 583,
        "reference.stop": 311,
        "reference.route": 3,
        "reference.transport_agency": 2,
    }


def test_times_after_midnight_go_on_counting(recorded: Callable[[str], Any]) -> None:
    """29:39:00 is 5:39 of the next morning: 106,740 seconds of the service day."""
    found = recorded("gtfs_static+cairns").read(recorded("gtfs_static+cairns").slice).rows("reference.stop_time")
    assert max(row["departure_seconds"] for row in found) == 29 * 3600 + 39 * 60
    assert sum(row["arrival_seconds"] > 86_400 for row in found) > 10


def test_one_digit_hours_and_blanks_are_allowed_and_other_text_is_refused(source: Any) -> None:
    """The specification knows H:MM:SS; a passage between two timed stops has no time."""
    head = "stop_sequence,trip_id,stop_id,departure_time,arrival_time\n"
    row = one(source, "stop_time", stop_times=f"{head}7,1,A, 5:50:00,\n")
    assert (row["departure_seconds"], row.get("arrival_seconds"), row["stop_sequence"]) == (21_000, None, 7)
    for wrong in ("5:60:00", "05:50", "-1:00:00", "noon", "5.83"):
        reading = source.read(archive(FEED | {"stop_times.txt": f"{head}7,1,A,{wrong},\n"}))
        assert [violation[1:] for violation in reading.refused] == [
            ("reference.stop_time", "type", "departure_seconds")
        ]


def test_calendar_dates_alone_are_enough_and_so_is_calendar(source: Any) -> None:
    """Either may say when a service runs; neither is refused."""
    row = one(source, "service_rule")
    assert (row["service_rule_code"], row["from_date"], row["until_date"]) == ("added", "2024-02-29", "2024-02-29")
    week = "service_id,start_date,end_date,sunday,monday,tuesday,wednesday,thursday,friday,saturday\n"
    alone = {name: text for name, text in FEED.items() if name != "calendar_dates.txt"}
    reading = source.read(archive(alone | {"calendar.txt": f"{week}S,20240101,20241231,1,0,0,0,0,1,0\n"}))
    assert reading.rows("reference.service_rule")[0]["weekdays"] == "0000101"
    assert [rule for _, _, rule, _ in source.read(archive(alone)).refused] == ["shape"]


def test_byte_order_marks_line_ends_quotes_and_folders_change_nothing(source: Any) -> None:
    """The same feed as other programs would write it; only the version differs."""

    def told(content: bytes) -> list[tuple[str, dict[str, Any]]]:
        reading = source.read(content)
        assert reading.refused == []
        rows = [(name, dict(row)) for name, row in reading.accepted]
        for _, row in rows:
            version = row.pop("feed_version")
            row.update({key: str(value).replace(version, "") for key, value in row.items() if key.endswith("_id")})
        return rows

    other = {
        name: text.replace("\n", "\r\n")
        .replace("Réseau", '"Réseau"')
        .replace("A,Gare", '"A","Gare')
        .replace("Charles,", 'Charles",')
        for name, text in FEED.items()
    }
    assert told(archive(other, encoding="utf-8-sig")) == told(archive(FEED))
    assert told(archive(other, folder="export/gtfs/")) == told(archive(FEED))


def test_extra_tables_and_columns_are_tolerated(source: Any) -> None:
    """Fares, pathways and a column of one's own."""
    files = FEED | {"fare_attributes.txt": "broken", "notes.pdf": "%PDF", "feed_info.txt": ""}
    files["routes.txt"] = "my_own,route_id,route_type\nx,T1,0\n"
    assert source.read(archive(files)).refused == []


def test_frequencies_are_spans_of_the_service_day(source: Any) -> None:
    """`exact_times` 0 means that the headway is approximate."""
    text = "trip_id,start_time,end_time,headway_secs,exact_times\n1,06:00:00,25:00:00,600,0\n"
    row = one(source, "trip_frequency", frequencies=text)
    assert (row["start_seconds"], row["end_seconds"], row["headway_seconds"]) == (21_600, 90_000, 600)
    assert row["is_exact_time"] is False


@pytest.mark.parametrize(
    ("route_type", "mode"),
    [("0", "tram"), ("7", "funicular"), ("11", "trolleybus"), ("12", "monorail"), ("109", "rail"), ("204", "coach"),
     ("401", "metro"), ("715", "bus"), ("900", "tram"), ("1200", "ferry"), ("1501", "taxi"), ("99", "unknown"),
     ("", "unknown"), ("bus", "unknown"), ("-1", "unknown"), ("9" * 30, "unknown")],
)  # fmt: skip
def test_basic_and_extended_route_types_have_a_mode(source: Any, route_type: str, mode: str) -> None:
    """The source's own number stays beside it."""
    row = one(source, "route", routes=f"route_id,route_type\nT1,{route_type}\n")
    assert (row["transport_mode_code"], row.get("source_mode", "")) == (mode, route_type)


def test_a_node_without_a_place_stays_without_one(source: Any) -> None:
    """Generic nodes need no coordinates; a kind newer than the list is unknown and its number stays."""
    head = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    row = one(source, "stop", stops=f"{head}N,,,,3,A\n")
    assert row["stop_kind_code"] == "node"
    assert row["parent_stop_id"] == "A"
    assert not row.keys() & {"longitude", "latitude", "location_precision_m", "stop_label"}
    row = one(source, "stop", stops=f"{head}N,x,1,1,9,\n")
    assert (row["stop_kind_code"], row["source_kind"]) == ("unknown", "9")


def test_an_agency_without_identifier_is_known_by_its_label(source: Any) -> None:
    """The identifier may be left out when there is only one agency."""
    row = one(source, "transport_agency")
    assert row["agency_reference_id"] == "gtfs:auckland-Réseau"
    assert row["service_time_zone"] == "Europe/Paris"


def test_timetable_keys_hold_within_one_publication_and_stops_across_them(source: Any) -> None:
    """A trip identifier of next week's archive may mean another trip; a stop stays the stop."""
    first, second = archive(FEED), archive(FEED | {"feed_info.txt": "new"})
    keys = [{(name, row.get("trip_reference_id"), row.get("stop_time_id"), row.get("stop_reference_id"))
             for name, row in source.read(content).accepted} for content in (first, second)]  # fmt: skip
    names = Counter(name for name, *_ in keys[0] & keys[1])
    assert names.keys() & {"reference.trip", "reference.stop_time"} == set()
    assert "reference.stop" in names


def test_kept_texts_are_readable_alone() -> None:
    """A passage lifted out of bronze names its table and its columns."""
    subject = load_subject("gtfs_static+cairns")
    text = next(subject.connector.text(each) for each in subject.readable if each.value["member"] == "stop_times.txt")
    assert text.splitlines()[:2] == [
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type",
    ]
