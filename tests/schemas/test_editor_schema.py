from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from schemas.editor_schema import FOLDER, SHAPES, render

SCHEMAS = FOLDER.parent
TREE = SCHEMAS.parent
KINDS: dict[str, list[Path]] = {
    "contract": [path for layer in ("bronze", "silver", "gold", "quality", "reference")
                 for path in sorted((SCHEMAS / layer).glob("*.yaml"))],
    "fields": sorted((SCHEMAS / "fields").glob("*.yaml")),
    "codes": sorted((SCHEMAS / "codes").glob("*.yaml")),
    "purposes": [SCHEMAS / "purposes.yaml"],
    "persons": [SCHEMAS / "persons.yaml"],
    "city": sorted((TREE / "cities").glob("*/city.yaml")),
    "source": sorted((TREE / "cities").glob("*/sources/*.yaml")),
    "simulation": sorted((TREE / "cities").glob("*/simulation.yaml")),
}
FILES = [(kind, path) for kind, paths in KINDS.items() for path in paths]


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", SHAPES)
def test_the_schema_file_is_up_to_date(name: str) -> None:
    path = FOLDER / f"{name}.schema.json"
    assert path.read_text(encoding="utf-8") == render(name), "run `python -m schemas.editor_schema`"
    Draft202012Validator.check_schema(json.loads(render(name)))


@pytest.mark.parametrize(("kind", "path"), FILES, ids=[str(path.relative_to(TREE)) for _, path in FILES])
def test_a_file_names_its_schema_and_fits_it(kind: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (path.parent / first.removeprefix(prefix)).resolve() == FOLDER / f"{kind}.schema.json"
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    errors = [error.message for error in Draft202012Validator(json.loads(render(kind))).iter_errors(plain(document))]
    assert errors == []


@pytest.mark.parametrize(
    "change", [{"verson": 1}, {"access": "public"}, {"retention_days": "never"}, {"label": {"fr": "A"}}], ids=str
)
def test_the_contract_schema_refuses_what_the_loader_refuses(change: dict[str, object]) -> None:
    document = yaml.load((SCHEMAS / "silver" / "trip_delay.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    validator = Draft202012Validator(json.loads(render("contract")))
    assert validator.is_valid(document)
    assert not validator.is_valid(document | change)
