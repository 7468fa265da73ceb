"""JSON Schemas that editors use while a file is written, rendered from the same shapes that judge it.

`python -m schemas.editor_schema` writes `schemas/editor/*.schema.json`; a test fails when they are not up to date.
A file names its schema in its first line: `# yaml-language-server: $schema=…`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from schemas.city_shape import CITY_SHAPE, SOURCE_SHAPE
from schemas.codes import CODE_LIST_SHAPE
from schemas.contract_shape import CONTRACT_SHAPE, FIELDS_SHAPE
from schemas.persons import PERSONS_SHAPE
from schemas.purposes import PURPOSES_SHAPE
from schemas.shape import Shape
from schemas.simulation_shape import SIMULATION_SHAPE

FOLDER = Path(__file__).parent / "editor"

SHAPES: Mapping[str, Shape] = {
    "contract": CONTRACT_SHAPE, "fields": FIELDS_SHAPE, "codes": CODE_LIST_SHAPE, "purposes": PURPOSES_SHAPE,
    "persons": PERSONS_SHAPE, "city": CITY_SHAPE, "source": SOURCE_SHAPE,
    "simulation": SIMULATION_SHAPE,
}


def render(name: str) -> str:
    """Render one schema as the text of its file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Vigie: {name}"}
    return json.dumps(schema | SHAPES[name].schema(), ensure_ascii=False, indent=1) + "\n"


def write_all() -> tuple[Path, ...]:
    """Write every schema file and give their paths."""
    FOLDER.mkdir(exist_ok=True)
    paths = []
    for name in SHAPES:
        path = FOLDER / f"{name}.schema.json"
        path.write_text(render(name), encoding="utf-8")
        paths.append(path)
    return tuple(paths)


if __name__ == "__main__":
    write_all()
