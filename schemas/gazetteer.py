"""Where a city's streets and house numbers are listed, for reports that have an address and no position."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.errors import CityError

COLUMNS = ["street", "number", "district", "longitude", "latitude", "precision_m"]


@dataclass(frozen=True)
class KnownPlace:
    """One street, or one number of it.

    Attributes:
        street: as its publisher writes it.
        number: house number without its suffix; `None` for the whole street.
        district: part of the city, for streets of one name; empty where unknown.
        longitude: WGS 84 degrees.
        latitude: WGS 84 degrees.
        precision_m: radius within which the place lies; for a street, how far it reaches from its point.
    """

    street: str
    number: int | None
    district: str
    longitude: float
    latitude: float
    precision_m: float


@dataclass(frozen=True)
class GazetteerSource:
    """A city's gazetteer: the language its streets are named in, and its files."""

    language: Literal["fr", "en"]
    paths: tuple[Path, ...]

    def places(self) -> Iterator[KnownPlace]:
        """Every line of every file.

        Raises:
            CityError: with file and line, when a line is not what the columns ask for.
        """
        for path in self.paths:
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
            if reader.fieldnames != COLUMNS:
                raise CityError(f"found columns {reader.fieldnames}; expected {', '.join(COLUMNS)}", path, 1)
            for line, row in enumerate(reader, start=2):
                yield _place(row, path, line)


def _place(row: dict[str, str], path: Path, line: int) -> KnownPlace:
    try:
        number = int(row["number"]) if row["number"] else None
        x, y, precision = (float(row[name]) for name in ("longitude", "latitude", "precision_m"))
    except (TypeError, ValueError):
        found = list(row.values())
        raise CityError(f"found {found}; expected a whole number or nothing, and three numbers; correct the line", path,
                        line) from None
    return KnownPlace(row["street"], number, row["district"], x, y, precision)
