"""What must hold of every town's logbook: nothing but mapped fields leaves an entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.municipal_logbook import MunicipalLogbook
from connectors.sdk.errors import BadSetting
from schemas.city import load_city

REPORT = "silver.incident_report"
DIALECTS = ("municipal_logbook", "municipal_logbook+json", "municipal_logbook+xlsx")
PLANTED = tuple(
    word.encode()
    for word in ("MODELE", "EXEMPLE Jeanne", "06 00 00 00 00", "0600000000", "AA-000-AA", "témoin", "OBSERVATIONS")
)


def messages(source: Any, content: bytes) -> bytes:
    """Everything that leaves the connector for this content."""
    told = [outcome.message for outcome in source.outcomes(content)]
    return b"\n".join(part for one in told for part in (one.key, one.value, *(value for _, value in one.headers)))


@pytest.mark.parametrize("name", DIALECTS)
def test_free_text_reaches_neither_row_nor_original_nor_dead_letter(name: str, recorded: Callable[[str], Any]) -> None:
    source = recorded(name)
    for path in (source.folder, *(source.folder / "refused").iterdir()):
        content = source.slice if path.is_dir() else b"" if path.suffix == ".yaml" else path.read_bytes()
        left = messages(source, content)
        assert not [word for word in PLANTED if word in left]


def test_the_entries_do_hold_what_must_not_pass(recorded: Callable[[str], Any]) -> None:
    """Else the test above would prove nothing."""
    text = recorded("municipal_logbook").slice.decode("cp1252")
    assert all(word in text for word in ("MODELE", "EXEMPLE Jeanne", "06 00 00 00 00", "AA-000-AA", "témoin"))
    assert "0600000000" in recorded("municipal_logbook+json").slice.decode()


@pytest.mark.parametrize("cut", range(0, 7_000, 137))
def test_a_damaged_export_leaks_nothing(recorded: Callable[[str], Any], cut: int) -> None:
    source = recorded("municipal_logbook")
    for damaged in (source.slice[:cut], source.slice[cut:], source.slice[:cut] + b'"' + source.slice[cut:]):
        left = messages(source, damaged)
        assert not [word for word in PLANTED if word in left]


def test_the_original_kept_holds_the_mapped_columns_alone(recorded: Callable[[str], Any]) -> None:
    source = recorded("municipal_logbook")
    (first, *_) = source.connector.split(source.payload(source.slice))
    kept = json.loads(source.connector.text(first))
    assert "AGENT" not in kept
    assert set(kept) == {
        *("N° MC", "DATE", "HEURE", "DATE APPEL", "DATE CLOTURE", "NATURE", "SOUS-NATURE", "ETAT", "ORIGINE"),
        *("LIEU", "COMMUNE", "X_L93", "Y_L93"),
    }


@pytest.mark.parametrize("column", ["OBSERVATIONS", "Observations ", "AGENT", "requérant", "Compte rendu"])
def test_a_profile_cannot_map_free_text_or_people(column: str) -> None:
    city = load_city("marseille")
    source = city.source("municipal_logbook")
    columns = {**source.settings["columns"], "address": {"from": column}}  # type: ignore[dict-item]
    with pytest.raises(BadSetting, match="free text may hold persons"):
        MunicipalLogbook(replace(source, settings={**source.settings, "columns": columns}), city)


def test_the_nights_when_clocks_change_are_read(recorded: Callable[[str], Any]) -> None:
    """02:30 of 31 March does not exist, 02:30 of 27 October is told twice."""
    source = recorded("municipal_logbook")
    instants = [row["occurred_at"] for row in source.read(source.slice).rows(REPORT)]
    assert instants[5:7] == ["2024-03-31T01:30:00Z", "2024-10-27T00:30:00Z"]


def test_every_word_of_the_export_is_mapped(recorded: Callable[[str], Any]) -> None:
    source = recorded("municipal_logbook")
    known = {line.source_code for line in source.connector.source.category_map}
    assert {row["source_category"] for row in source.read(source.slice).rows(REPORT)} <= known
