"""Programs of the operating system that a part needs."""

from __future__ import annotations

import shutil
from pathlib import Path

from vigie.errors import MissingPart


def find(name: str, *places: str) -> str | None:
    """The path of a program, of these places or where programs usually lie; None when it is not installed."""
    return next((place for place in places if Path(place).exists()), None) or shutil.which(name)


def program(name: str, *places: str) -> str:
    """The path of a program.

    Raises:
        MissingPart: it is not installed.
    """
    found = find(name, *places)
    if found is None:
        raise MissingPart(f"{name} is not installed; `make servers` installs it, or says how")
    return found
