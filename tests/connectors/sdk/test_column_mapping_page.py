"""The page that teaches the column mapping stays true."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from connectors.municipal_logbook import MunicipalLogbook
from connectors.sdk import Payload
from connectors.sdk.judge import outcomes
from connectors.sdk.mapping.clock import DIRECTIVES
from connectors.sdk.mapping.columns import NO, YES
from connectors.sdk.mapping.settings import COLUMN_SHAPE, KINDS, settings_shape
from schemas.city import load_city


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "engineer" / "column-mapping.md").read_text("utf-8")


def block(page: str, language: str) -> str:
    return page.split(f"```{language}\n", 1)[1].split("```", 1)[0]


def test_the_example_gives_the_row_it_shows(page: str) -> None:
    city = load_city("marseille")
    settings = yaml.safe_load(block(page, "yaml"))["settings"]
    connector = MunicipalLogbook(replace(city.source("municipal_logbook"), settings=settings), city)
    content = block(page, "csv").encode("cp1252")
    (outcome,) = outcomes(connector, Payload(content, "file:it.csv", datetime(2026, 1, 1, tzinfo=UTC)))
    assert outcome.violations == ()
    assert outcome.row == json.loads(block(page, "json"))
    assert b"people" not in outcome.message.value


def test_every_key_and_kind_is_explained(page: str) -> None:
    told = set(re.findall(r"`([a-z_]+)`", page))
    keys = {key for record in settings_shape().records.values() for key in record.keys}
    assert keys | set(COLUMN_SHAPE.keys) | set(KINDS) <= told
    assert told | set(re.findall(r"`([01])`", page)) >= YES | NO
    (directives,) = re.findall(r"`(%d %m %B[^`]*)`", page)
    assert set(directives.split()) == DIRECTIVES.keys()
