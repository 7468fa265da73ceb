"""Closed lists of codes with their public labels: one file per list under `schemas/codes/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.document import read_document
from schemas.errors import ContractError
from schemas.label import LABEL_SHAPE, Label
from schemas.shape import AnyScalar, Key, ListOf, MapOf, Place, Record, Text

FOLDER = Path(__file__).parent / "codes"
CODE_PATTERN = r"[a-z0-9][a-z0-9_]*"

CODE_LIST_SHAPE = Record({
    "name": Key(Text(CODE_PATTERN, "time_precision"), "the list's name, equal to the file's name"),
    "label": Key(LABEL_SHAPE, "what the list classifies"),
    "parents": Key(Text(CODE_PATTERN, "theme"), "the list that `parent` codes come from", required=False),
    "codes": Key(ListOf(Record({
        "code": Key(Text(CODE_PATTERN, "in_progress"), "the code as stored"),
        "label": Key(LABEL_SHAPE, "the code as shown"),
        "hint": Key(LABEL_SHAPE, "what to do when it is met", required=False),
        "parent": Key(Text(CODE_PATTERN, "violence"), "a code of the list named by `parents`", required=False),
        "attributes": Key(MapOf(AnyScalar()), "further facts such as a colour or a level", required=False),
    }), 1), "the codes, in the order they are shown"),
})


@dataclass(frozen=True)
class Code:
    """One code of a list.

    Attributes:
        parent: code of the parent list, as a category has a theme.
        attributes: further facts by name: `colour` (`#rrggbb`), `nature_level` (1 to 4), ….
        hint: what to do when the code is met; used by the rule list.
    """

    code: str
    label: Label
    parent: str | None
    attributes: Mapping[str, object]
    hint: Label | None = None


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes, in the order they are shown."""

    name: str
    title: Label
    parents: str | None
    codes: tuple[Code, ...]
    path: Path

    def __contains__(self, code: object) -> bool:
        """Tell whether the code is in the list."""
        return any(item.code == code for item in self.codes)

    def __getitem__(self, code: str) -> Code:
        """Give one code.

        Raises:
            ContractError: the list has no such code.
        """
        for item in self.codes:
            if item.code == code:
                return item
        known = ", ".join(item.code for item in self.codes)
        raise ContractError(f"code `{code}` is not in list `{self.name}`; it holds {known}", self.path)

    @property
    def values(self) -> tuple[str, ...]:
        """The codes alone, in order."""
        return tuple(item.code for item in self.codes)

    def label(self, code: str, language: str) -> str:
        """Give the text shown for a code in `fr` or `en`."""
        return self[code].label.in_language(language)


@cache
def load_codes(name: str) -> CodeList:
    """Load one code list, such as `incident_category`.

    Raises:
        ContractError: there is no such list, or its file is wrong.
    """
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise ContractError(f"no code list `{name}`; expected one of {', '.join(code_lists())}")
    return read_codes(path)


def code_lists() -> tuple[str, ...]:
    """Name every code list found, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def read_codes(path: Path) -> CodeList:
    """Read one code list from its file; see `load_codes`."""
    document = read_document(path, ContractError)
    CODE_LIST_SHAPE.judge(document, Place(path, 1, path.stem, ContractError))
    if document["name"] != path.stem:
        raise ContractError(f"name is `{document['name']}` but the file is `{path.name}`; make them equal", path,
                            document.lines["name"])
    parents = document.get("parents")
    known_parents = load_codes(parents).values if parents else ()
    seen: set[str] = set()
    codes = []
    for item in document["codes"]:
        if item["code"] in seen:
            raise ContractError(f"code `{item['code']}` is given twice; keep one of them", path, item.line)
        seen.add(item["code"])
        parent = item.get("parent")
        if (parent is not None or parents) and parent not in known_parents:
            expected = f"one of {', '.join(known_parents)}" if known_parents else "none, as the list names no `parents`"
            raise ContractError(f"code `{item['code']}` has parent `{parent}`; expected {expected}", path, item.line)
        hint = Label.of(item["hint"]) if "hint" in item else None
        codes.append(Code(item["code"], Label.of(item["label"]), parent, dict(item.get("attributes", {})), hint))
    return CodeList(document["name"], Label.of(document["label"]), parents, tuple(codes), path)
