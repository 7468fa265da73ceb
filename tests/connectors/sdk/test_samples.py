"""What a supplier's file gives, told without a broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sdk.errors import BadSetting, UnknownConnector
from connectors.sdk.registry import names
from connectors.sdk.samples import connector_for, example_of, judge_files, licence_of, sample_rows

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "connectors" / "datasf_311_requests"


def test_read_is_accepted_plus_rejected_plus_duplicates_over_several_files() -> None:
    connector = connector_for("datasf_311_requests")
    files = (FOLDER / "payload.csv", FOLDER / "refused" / "latin1.csv", FOLDER / "payload.csv")
    first, refused, again = judge_files(connector, files)
    for report in (first, refused, again):
        assert report.read == report.accepted + report.rejected + report.duplicates
    assert (first.rejected, refused.rejected) == (0, 1)
    assert again.accepted == 0
    assert again.duplicates == again.read == first.read


def test_every_violation_says_file_element_rule_column_and_value() -> None:
    (report,) = judge_files(connector_for("datasf_311_requests"), (FOLDER / "refused" / "latin1.csv",))
    (told,) = report.violations
    assert told["file"] == "latin1.csv"
    assert (told["element"], told["rule"], told["column"], told["value"]) == (0, "unreadable", "category", r"CAF\xc9")


def test_the_city_decides_the_settings() -> None:
    assert connector_for("datasf_311_requests", "san_francisco").city.city_id == "san_francisco"
    with pytest.raises(BadSetting, match=r"cities/lancashire/sources/datasf_311_requests\.yaml"):
        connector_for("datasf_311_requests", "lancashire")
    with pytest.raises(UnknownConnector):
        connector_for("datasf_312_requests")


@pytest.mark.parametrize("name", names())
def test_every_connector_shows_a_row_it_accepts_and_an_element_it_refuses(name: str) -> None:
    """These are the examples of its catalogue page."""
    example = example_of(name)
    assert example is not None
    assert example.row
    assert example.violations
    assert sample_rows(name) > 0
    assert licence_of(name)
