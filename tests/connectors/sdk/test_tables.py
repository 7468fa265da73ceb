"""Tables of several editions, and tables of many figures a line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.sdk import Payload
from connectors.sdk.formats import CsvDialects, CsvFormat, FiguresFormat

NEW = CsvFormat(delimiter=";", columns=("annee", "nombre"), like=("CODGEO_[0-9]{4}",))
OLD = CsvFormat(delimiter=";", columns=("annee", "faits"), like=("CODGEO_[0-9]{4}",))
BOTH = CsvDialects((NEW, OLD))


def test_a_column_may_be_known_by_its_form() -> None:
    (one,) = NEW.decode(b"CODGEO_2031;annee;nombre\n13055;2030;4\n")
    assert one.value["CODGEO_2031"] == "13055"
    (refused,) = NEW.decode(b"COMMUNE;annee;nombre\n13055;2030;4\n")
    assert (refused.violations[0].rule, refused.violations[0].column) == ("shape", "CODGEO_[0-9]{4}")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("header", [b"CODGEO_2023;annee;faits", b'"CODGEO_2023";"annee";"faits"'])
def test_each_edition_is_read_under_its_own_header(start: bytes, header: bytes) -> None:
    (one,) = BOTH.decode(start + header + b"\r\n13055;22;7\r\n")
    assert one.value == {"CODGEO_2023": "13055", "annee": "22", "faits": "7"}


def test_a_kept_line_is_read_again_in_its_dialect() -> None:
    for line in (b"CODGEO_2025;annee;nombre\n1;2;3\n", b"CODGEO_2023;annee;faits\n1;2;3\n"):
        (element,) = list(BOTH.split(payload(line)))
        again = BOTH.reread(BOTH.text(element))
        assert again.value == element.value
        assert BOTH.reread(element.raw.decode(), BOTH.context_of(BOTH.text(element))).value == element.value


def payload(content: bytes) -> Payload:
    return Payload(content, "file:it.csv", datetime(2026, 1, 1, tzinfo=UTC))


def test_a_header_of_no_edition_says_what_the_newest_one_lacks() -> None:
    (refused,) = BOTH.decode(b"CODGEO_2025;annee;total\n1;2;3\n")
    assert (refused.violations[0].rule, refused.violations[0].column) == ("shape", "nombre")


CELLS = FiguresFormat(CsvFormat(columns=("year", "robbery")), fixed=("year",))


def test_every_figure_of_a_line_is_an_element() -> None:
    found = list(CELLS.decode(b"year,robbery,theft\n2019,4,\n"))
    assert [one.value for one in found] == [
        {"year": "2019", "indicator": "robbery", "value": "4"},
        {"year": "2019", "indicator": "theft", "value": ""},
    ]
    assert [CELLS.reread(one.raw.decode()).value for one in found] == [one.value for one in found]


def test_a_line_that_cannot_be_read_is_one_refused_element() -> None:
    refused, *fine = CELLS.decode(b"year,robbery\n2019,4,5\n2020,1\n")
    assert [violation.rule for violation in refused.violations] == ["shape"]
    assert len(fine) == 1
    assert CELLS.reread(refused.raw.decode()).violations
    assert CELLS.reread("").violations


def test_a_table_without_figures_is_refused() -> None:
    table = FiguresFormat(CsvFormat(columns=("year",)), fixed=("year",))
    assert [v.rule for one in table.decode(b"year\n2019\n") for v in one.violations] == ["shape"]


def test_of_a_wide_table_the_chosen_columns_alone_are_figures() -> None:
    table = FiguresFormat(CsvFormat(), fixed=("year",), fixed_like="note.*", figures_like=r"theft_\d\d")
    found = [one.value for one in table.decode(b"year,note_a,theft_18,robbery,theft\n2018,x,4,5,6\n")]
    assert found == [{"year": "2018", "note_a": "x", "indicator": "theft_18", "value": "4"}]
    (refused,) = table.decode(b"year,robbery\n2018,5\n")
    assert "theft_" in refused.violations[0].message
