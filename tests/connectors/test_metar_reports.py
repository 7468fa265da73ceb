"""The traps of aerodrome reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest

from connectors.metar_reports import MetarReports
from connectors.sdk.element import Payload

WEATHER = "silver.weather_observation"
NOW = datetime(2024, 5, 2, tzinfo=UTC)


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector, with reports that have a date line."""
    return recorded("metar_reports+noaa")


def one(source: Any, report: str) -> dict[str, Any]:
    """The row of one report of 1 May 2024, as it is tried."""
    (judged,) = source.read(f"2024/05/01 12:00\n{report}\n".encode()).judged
    return {name: value for name, value in judged.row.items() if value is not None}


@pytest.mark.parametrize(
    ("group", "speed", "gust", "direction"),
    [
        ("31015G27KT", 7.72, 13.89, 310),
        ("13010MPS", 10.0, None, 130),
        ("14036KMH", 10.0, None, 140),
        ("00000KT", 0.0, None, None),
        ("VRB05KT", 2.57, None, None),
        ("/////KT", None, None, None),
        ("270P49MPS", 49.0, None, 270),
    ],
)
def test_wind(source: Any, group: str, speed: float | None, gust: float | None, direction: int | None) -> None:
    """Three units; calm and variable wind come from nowhere."""
    row = one(source, f"LFML 011200Z {group} 9999 19/02 Q1013=")
    assert (row.get("wind_speed_ms"), row.get("wind_gust_ms"), row.get("wind_direction_deg")) == (
        speed,
        gust,
        direction,
    )


@pytest.mark.parametrize(
    ("group", "metres"),
    [("9999", 10_000), ("CAVOK", 10_000), ("0400", 400), ("0100NDV", 100), ("9999 3000N", 10_000), ("10SM", 16_093),
     ("1 1/2SM", 2_414), ("1 3/4SM", 2_816), ("M1/4SM", 402), ("P6SM", 9_656), ("1/16SM", 101), ("////", None),
     ("1/0SM", "1/0SM")],
)  # fmt: skip
def test_visibility(source: Any, group: str, metres: object) -> None:
    """Metres or miles with fractions; what cannot be passes on and is refused."""
    assert one(source, f"LFML 011200Z 31015KT {group} 19/02 Q1013=").get("visibility_m") == metres


@pytest.mark.parametrize(
    ("group", "temperature", "dew_point"),
    [
        ("19/M02", 19.0, -2.0),
        ("M00/M05", 0.0, -5.0),
        ("M58/", -58.0, None),
        ("20/M17A3002", None, None),
        ("/////", None, None),
    ],
)
def test_temperature(source: Any, group: str, temperature: float | None, dew_point: float | None) -> None:
    """M is minus; a group glued to the next is none."""
    row = one(source, f"LFML 011200Z 31015KT 9999 {group} Q1013=")
    assert (row.get("temperature_c"), row.get("dew_point_c")) == (temperature, dew_point)


def test_tenths_of_the_remarks_are_finer_than_the_group(source: Any) -> None:
    """`T10281050` is -2.8 and -5.0."""
    row = one(source, "KSFO 011156Z 29008KT 10SM CLR M03/M05 A2992 RMK AO2 SLP982 P0000 T10281050=")
    assert (row["temperature_c"], row["dew_point_c"], row["sea_level_pressure_pa"]) == (-2.8, -5.0, 99_820)
    assert (row["precipitation_1h_mm"], row["has_trace_precipitation"]) == (0.0, True)


def test_what_stands_behind_a_trend_is_a_forecast(source: Any) -> None:
    """And no weather of now."""
    row = one(source, "LFMN 011200Z 31015KT 9999 FEW040 19/02 Q1013 TEMPO 24030G50KT 1000 +TSRA OVC010CB=")
    assert (row["wind_speed_ms"], row["visibility_m"], row["cloud_cover_ratio"]) == (7.72, 10_000, 0.1875)
    assert "source_weather" not in row


def test_a_correction_has_the_key_of_what_it_corrects_and_is_newer(source: Any) -> None:
    """Wherever COR stands."""
    reports = [
        "LFML 011200Z 31015KT 9999 19/02 Q1013=",
        "METAR COR LFML 011200Z 31015KT 9999 18/02 Q1013=",
        "LFML 011200Z COR 31015KT 9999 18/02 Q1013=",
        "LFML 011200Z CCB 31015KT 9999 18/02 Q1013=",
    ]
    rows = [one(source, report) for report in reports]
    assert len({row["observation_id"] for row in rows}) == 1
    assert [row["correction_count"] for row in rows] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("dated", "day_time", "instant"),
    [
        ("2024/05/01 00:05", "302355Z", "2024-04-30T23:55:00Z"),
        ("2024/04/30 23:58", "010000Z", "2024-05-01T00:00:00Z"),
        ("2024/01/01 00:10", "312350Z", "2023-12-31T23:50:00Z"),
        ("2024/03/01 00:00", "292359Z", "2024-02-29T23:59:00Z"),
        ("2023/03/01 00:00", "282359Z", "2023-02-28T23:59:00Z"),
    ],
)
def test_month_and_year_are_those_that_bring_the_report_closest_to_its_date(
    source: Any, dated: str, day_time: str, instant: str
) -> None:
    """Around midnight the date line may be of another month or year."""
    (judged,) = source.read(f"{dated}\nLFML {day_time} 31015KT 9999 19/02 Q1013=\n".encode()).judged
    assert judged.row["observed_at"] == instant


def observed(source: Any, url: str, content: str, **settings: str) -> object:
    """The instant of the only report of a list that was fetched from an address."""
    declared = replace(source.connector.source, settings=settings)
    connector = MetarReports(declared, source.connector.city)
    payload = Payload(content.encode(), url, NOW)
    (element,) = connector.split(payload)
    return connector.to_row(element, payload)["observed_at"]


def test_a_bare_list_needs_a_date_in_its_address_or_in_the_profile(source: Any) -> None:
    """The day of collection is no date: read again next month, the same report would be another one."""
    bare = "LFML 011200Z 31015KT 9999 19/02 Q1013="
    assert observed(source, "https://x.example/list", bare) == "011200Z"
    assert observed(source, "https://x.example/list?date=20240430_2300", bare) == "2024-05-01T12:00:00Z"
    assert observed(source, "file:metar-2024-05-01.txt", bare) == "2024-05-01T12:00:00Z"
    assert observed(source, "https://x.example/list", bare, reference_date="2024-05-02") == "2024-05-01T12:00:00Z"
    assert observed(source, "https://x.example/list", f"202404011205 {bare}") == "2024-04-01T12:00:00Z"


def test_every_report_of_a_mixed_file_is_one_element_and_headings_are_none(source: Any) -> None:
    """Date lines, bulletins, wrapped lines, comments, a report that says there is none."""
    rows = source.read(source.slice).rows(WEATHER)
    assert [row["station_id"].removeprefix("metar:") for row in rows] == [
        "LFML", "LFMN", "LFBO", "LFPG", "LFLL", "EGLL", "KSFO",
    ]  # fmt: skip
    assert rows[2]["source_weather"] == "+SHRA"
    assert "temperature_c" not in {name for name, value in rows[4].items() if value is not None}


def test_malformed_reports_of_the_recording_are_refused_for_what_is_wrong(recorded: Callable[[str], Any]) -> None:
    """A fraction over zero, hectopascals as inches, an hour of 61."""
    source = recorded("metar_reports")
    assert [(rule, column) for _, _, rule, column in source.read(source.slice).refused] == [
        ("type", "visibility_m"),
        ("range", "altimeter_setting_pa"),
        ("type", "observed_at"),
    ]


def test_a_second_report_on_a_line_is_not_lost(source: Any) -> None:
    """Some services run reports together; each ends in `=`."""
    line = b"2024/05/01 12:00\nMETAR LIRF 011150Z 36010KT 9999 20/10 Q1013=METAR LIMC 011150Z 36010KT 9999 21/10 Q1013="
    assert [row["station_id"] for row in source.read(line).rows(WEATHER)] == ["metar:LIRF", "metar:LIMC"]


def test_a_line_of_ogimets_table_carries_its_date(source: Any) -> None:
    (row,) = source.read(b"LEMD,2023,11,24,07,30,METAR LEMD 240730Z 24004KT CAVOK 05/02 Q1020=").rows(WEATHER)
    assert row["observed_at"] == "2023-11-24T07:30:00Z"


@pytest.mark.parametrize(("group", "metres"), [("30KM", 30_000), ("10KM", 10_000)])
def test_visibility_in_kilometres(source: Any, group: str, metres: int) -> None:
    """Automatic stations of New Zealand, and Argentina."""
    report = f"2024/05/01 12:00\nNZAA 011150Z AUTO 21012KT {group} NCD 17/12 Q1009".encode()
    assert source.read(report).rows(WEATHER)[0]["visibility_m"] == metres


def test_reports_on_one_line_or_on_many_cost_no_more_than_their_length(source: Any) -> None:
    """Megabytes of a line that goes on and on are one refused report, at once."""
    together = b"2024/05/01 12:00\n" + b"LFPG 011200Z 24015KT 9999 09/07 Q1002=" * 500
    assert len(source.read(together).rows(WEATHER)) == 500
    start = process_time()
    assert [rule for _, _, rule, _ in source.read(b"LFPG 011200Z\n" + b" 9999\n" * 200_000).refused] == ["too_large"]
    assert process_time() - start < 2
