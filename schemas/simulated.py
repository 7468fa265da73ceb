"""The mark "simulated": whatever holds invented data says so in a file beside them, and whatever shows them shows it.

    mark(folder, SimulatedRun("marseille", 1, first, last))
    is_simulated(folder) -> True

A folder of wire files, a broker's folder, a lake: the file lies at its root, is copied and removed with the data, and
is the only thing that readers ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schemas.label import Label

FILE = "SIMULATED.json"
WORDS = Label(fr="DONNÉES SIMULÉES", en="SIMULATED DATA")
NOTE = Label(
    fr="Ville inventée par le simulateur : aucun fait, lieu ou chiffre n'est réel.",
    en="A city invented by the simulator: no event, place or figure is real.",
)


@dataclass(frozen=True)
class SimulatedRun:
    """What was invented: days of a city, under a seed."""

    city_id: str
    seed: int
    first: date
    last: date


def mark(folder: Path, run: SimulatedRun) -> None:
    """Mark a folder, made when absent, as holding invented data."""
    about = {
        "simulated": True, "city": run.city_id, "seed": run.seed, "from": str(run.first), "to": str(run.last),
        "note": "Invented by the city simulator. Never presented as real data.",
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def is_simulated(folder: Path) -> bool:
    """Whether a folder holds invented data; a mark that was damaged is still a mark."""
    return (folder / FILE).exists()


def read_mark(folder: Path) -> SimulatedRun:
    """What the data of a marked folder are.

    Raises:
        FileNotFoundError: the folder is not marked.
        ValueError, KeyError: the mark was damaged.
    """
    about = json.loads((folder / FILE).read_text(encoding="utf-8"))
    first, last = date.fromisoformat(about["from"]), date.fromisoformat(about["to"])
    return SimulatedRun(str(about["city"]), int(about["seed"]), first, last)


def marked(label: Label) -> Label:
    """A name followed by the mark, in both languages."""
    return Label(fr=f"{label.fr} — {WORDS.fr}", en=f"{label.en} — {WORDS.en}")


def line() -> str:
    """The mark in one line, French first."""
    return f"{WORDS.fr} — {WORDS.en}. {NOTE.fr} {NOTE.en}"
