"""The schema check that keeps persons out of shared tables: column names that look like a person are refused."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from schemas.document import read_document
from schemas.errors import ContractError
from schemas.shape import Key, ListOf, Place, Record, Text

PATH = Path(__file__).parent / "persons.yaml"

_WORD = Text(r"[a-z][a-z0-9_]*", "surname")
PERSONS_SHAPE = Record({
    "words": Key(ListOf(_WORD, 1), "words that betray a person when they stand in a column's name"),
    "allowed_columns": Key(ListOf(_WORD), "names that contain such a word and identify no person"),
})


@cache
def _lists() -> tuple[tuple[str, ...], frozenset[str]]:
    document = read_document(PATH, ContractError)
    PERSONS_SHAPE.judge(document, Place(PATH, 1, "persons", ContractError))
    return tuple(document["words"]), frozenset(document["allowed_columns"])


def looks_like_person(column: str) -> str | None:
    """Tell which word makes a column look like it identifies a person; `None` when none does.

    A word matches whole parts of the name between underscores: `plate` matches `licence_plate`, not `template`.
    """
    words, allowed = _lists()
    if column in allowed:
        return None
    framed = f"_{column}_"
    return next((word for word in words if f"_{word}_" in framed), None)
