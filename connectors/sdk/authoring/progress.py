"""Says what is next on the way from a draft to a finished connector; nothing but files is looked at."""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.sdk.authoring.todo import told
from connectors.sdk.conformance import FIXTURES
from connectors.sdk.connector import FileConnector
from connectors.sdk.registry import load

ROOT = Path(__file__).parents[3]


def next_step(name: str, fixtures: Path = FIXTURES, root: Path | None = None) -> str | None:
    """The first thing that is still to do, with the command that does it; ``None`` for a finished connector.

    Raises:
        UnknownConnector: no such connector.
        BadSetting: its module holds no connector, or several.
    """
    root = root or ROOT
    module = Path(str(sys.modules[load(name).__module__].__file__))
    sources = sorted((root / "cities").glob(f"*/sources/{name}.yaml"))
    city = sources[0].parents[1].name if sources else "<city>"
    open_places = [place for path in (module, *sources) if (place := told(path, root))]
    folder = fixtures / name
    if not sources:
        return f"name the source in a city: write cities/<city>/sources/{name}.yaml, as the other files there"
    if open_places:
        return f"replace each TODO of {' and '.join(open_places)}, then `vigie connectors check {name} --payload FILE`"
    if not [path for path in folder.glob("payload.*") if path.suffix != ".yaml"]:
        asked = f"`vigie connectors record {name} --city {city}"
        if issubclass(load(name), FileConnector):
            return f"{asked} --payload FILE` keeps a beginning of the file and the rows it gives"
        return f"{asked}` asks the source for a payload; with one at hand add `--payload FILE`"
    if not (folder / "accepted.jsonl").exists() or not (folder / "accepted.jsonl").stat().st_size:
        return f"no row is accepted: correct to_row, then `vigie connectors record {name} --city {city} --payload FILE`"
    if not any((folder / "refused").glob("*.yaml")):
        return f"`vigie connectors refuse {name} <case> --set COLUMN=VALUE` for each way this source goes wrong"
    return None
