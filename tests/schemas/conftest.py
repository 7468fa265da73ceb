from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas import contract, reader
from schemas.contract import TableContract

WHOLE = """\
name: silver.thing
version: 1.0.0
label: {fr: Chose, en: Thing}
description: {fr: Une chose., en: A thing.}
grain: {fr: Une chose., en: One thing.}
purpose: urban_context
access: open
personal_data: false
retention_days: 365
key: [thing_id]
write: merge
columns:
  - name: thing_id
    type: string
    required: true
    label: {fr: Chose, en: Thing}
    description: {fr: Identifiant., en: Identifier.}
  - use: place.longitude
  - use: place.latitude
  - name: size_m
    type: double
    unit: m
    label: {fr: Taille, en: Size}
    description: {fr: Taille., en: Size.}
    rules:
      - {rule: range, min: 0, max: 10}
  - {use: incident.status_code, required: true}
rules:
  - {rule: position_pair, columns: [longitude, latitude]}
metrics:
  - name: thing_count
    label: {fr: Choses, en: Things}
    description: {fr: Nombre de choses., en: Number of things.}
    expression: COUNT(*)
    format: ",d"
"""

Write = Callable[..., TableContract]


@pytest.fixture
def read_with(tmp_path: Path) -> Write:
    """Read the whole contract above after replacing one part of its text by another."""

    def read(old: str = "", new: str = "", layer: str = "silver", table: str = "thing") -> TableContract:
        text = WHOLE
        if old:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / layer / f"{table}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return reader.read_contract(path)

    return read


@pytest.fixture
def city_copy(tmp_path: Path) -> Path:
    """A copy of one city's folder that a test may spoil."""
    root = tmp_path / "lancashire"
    shutil.copytree(contract.FOLDER.parent / "cities" / "lancashire", root, ignore=shutil.ignore_patterns("recordings"))
    return root
