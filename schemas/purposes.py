"""Purposes: why each table may exist; one line of the data-protection impact assessment per purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.document import read_document
from schemas.errors import ContractError
from schemas.label import LABEL_SHAPE, Label
from schemas.shape import Key, MapOf, Place, Record

PATH = Path(__file__).parent / "purposes.yaml"

PURPOSES_SHAPE = Record({"purposes": Key(MapOf(Record({
    "label": Key(LABEL_SHAPE, "the purpose as shown"),
    "objective": Key(LABEL_SHAPE, "what the processing is for, not how it works"),
    "legal_basis": Key(LABEL_SHAPE, "the text that allows it"),
    "data": Key(LABEL_SHAPE, "what data it needs, and what it does without"),
    "adequacy": Key(LABEL_SHAPE, "why the means are no more than the objective needs"),
    "rights": Key(LABEL_SHAPE, "how people exercise their rights"),
})), "purposes by code")})


@dataclass(frozen=True)
class Purpose:
    """One purpose with its impact assessment (GDPR article 35; French act of 6 January 1978, article 90)."""

    code: str
    label: Label
    objective: Label
    legal_basis: Label
    data: Label
    adequacy: Label
    rights: Label


@cache
def load_purposes() -> Mapping[str, Purpose]:
    """Load every purpose by code.

    Raises:
        ContractError: the file is wrong or lacks a part of the assessment.
    """
    return read_purposes(PATH)


def read_purposes(path: Path) -> Mapping[str, Purpose]:
    """Read purposes from a file; see `load_purposes`."""
    document = read_document(path, ContractError)
    PURPOSES_SHAPE.judge(document, Place(path, 1, "purposes", ContractError))
    return {
        code: Purpose(code, **{key: Label.of(value) for key, value in item.items()})
        for code, item in document["purposes"].items()
    }
