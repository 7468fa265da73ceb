"""Addresses placed without their position, against the position that was hidden: share placed and error in metres."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np

from analytics.geocoding import Gazetteer, Placed
from benchmarks.result import Cell, Result, versions

ROOT = Path(__file__).resolve().parent.parent
CITIES = ROOT / "cities"
DELIMITERS = {"lieux_culturels": "\t", "parcs_jardins": "\t", "monuments_historiques": ";"}
SAN_FRANCISCO = {
    "datasf_police_incidents": "address",
    "datasf_fire_calls": "address",
    "datasf_311_requests": "incident_address",
}
COLUMNS = ("set", "addresses", "method", "placed", "share", "median error m", "p90 error m", "within precision")
Known = list[tuple[str, float, float]]


def run(options: Sequence[str]) -> Result:
    """Hide the positions of known places, place their addresses, and compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks geocoding --")
    parser.add_argument("--seed", type=int, default=20_260_101)
    told = parser.parse_args(list(options))
    taught, hidden = _halves(list(_san_francisco()), told.seed)
    texts, x, y = zip(*taught, strict=True)
    rows, speeds = [], []
    sets = {
        "san_francisco: reports of unseen addresses": (Gazetteer.of_addresses(texts, x, y, language="en"), hidden),
        "marseille: facilities in the street index": (_marseille_streets(), list(_facilities())),
    }
    for name, (gazetteer, known) in sets.items():
        started = time.perf_counter()
        placed = [gazetteer.place_one(text) for text, _, _ in known]
        speeds.append(len(known) / (time.perf_counter() - started))
        rows += list(_lines(name, known, placed))
    alls = [row for row in rows if row["method"] == "all"]
    shares = (f"{row['set']}: {row['share']:.1%} placed, median error {row['median error m']} m" for row in alls)
    verdict = "; ".join(shares)
    return Result(
        name="geocoding",
        title="Addresses to places",
        promise="A report with an address and no position is placed offline, and says how well.",
        verdict=f"{verdict}.",
        columns=COLUMNS,
        rows=tuple(rows),
        notes=(
            "San Francisco: the distinct addresses of the located police, fire and 311 reports are cut in two halves "
            f"by seed {told.seed}; one half teaches where streets, blocks and crossings lie, the other is placed. No "
            "address is in both halves, so nothing is looked up that was learned as such.",
            "Marseille: the addresses of public facilities, placed in the index of 5,190 streets, which has no house "
            "numbers: the error is how far along the street the facility lies.",
            "“Within precision” is the share whose error is at most the precision that the answer states.",
            f"Speed on one core, first sight of every address: {min(speeds):,.0f} to {max(speeds):,.0f} addresses/s.",
        ),
        versions=versions("rapidfuzz", "numpy"),
    )


def _lines(name: str, known: Known, placed: Sequence[Placed]) -> Iterator[dict[str, Cell]]:
    errors = np.array([_metres(x, y, one) for (_, x, y), one in zip(known, placed, strict=True)])
    precise = np.array([one.precision_m for one in placed])
    methods = np.array([one.method for one in placed])
    for method in ("all", *sorted(set(methods) - {"unplaced"})):
        chosen = (methods != "unplaced") if method == "all" else (methods == method)
        found = errors[chosen]
        yield {
            "set": name,
            "addresses": len(known),
            "method": method,
            "placed": int(chosen.sum()),
            "share": round(float(chosen.mean()), 4),
            "median error m": round(float(np.median(found))) if len(found) else None,
            "p90 error m": round(float(np.percentile(found, 90))) if len(found) else None,
            "within precision": round(float((found <= precise[chosen]).mean()), 3) if len(found) else None,
        }


def _metres(x: float, y: float, found: Placed) -> float:
    scale = math.cos(math.radians(y))
    return math.hypot((found.longitude - x) * scale, found.latitude - y) * 111_320.0


def _halves(known: Known, seed: int) -> tuple[Known, Known]:
    addresses = sorted({text for text, _, _ in known})
    Random(seed).shuffle(addresses)
    taught = set(addresses[: len(addresses) // 2])
    first_of = {text: (text, x, y) for text, x, y in reversed(known)}
    return [one for one in known if one[0] in taught], [first_of[text] for text in addresses[len(addresses) // 2 :]]


def _table(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with gzip.open(path) as file:
        yield from csv.DictReader(io.TextIOWrapper(file, "utf-8-sig", newline=""), delimiter=delimiter)


def _san_francisco() -> Iterator[tuple[str, float, float]]:
    for source, column in SAN_FRANCISCO.items():
        for path in sorted((CITIES / "san_francisco" / "recordings" / source).glob("*.gz")):
            for line in _table(path):
                if line[column].strip() and float(line["longitude"] or 0):
                    yield line[column], float(line["longitude"]), float(line["latitude"])


def _marseille_streets() -> Gazetteer:
    lines = list(_table(CITIES / "marseille" / "gazetteer" / "streets.csv.gz"))
    places = ([float(line[name]) for line in lines] for name in ("longitude", "latitude", "precision_m"))
    x, y, precision = places
    return Gazetteer.of([line["street"] for line in lines], [None] * len(lines), x, y, precision, language="fr")


def _facilities() -> Iterator[tuple[str, float, float]]:
    for path in sorted((CITIES / "marseille" / "recordings" / "city_facilities").glob("*.gz")):
        delimiter = next((mark for word, mark in DELIMITERS.items() if word in path.name), ",")
        for line in _table(path, delimiter):
            address = line.get("Adresse 1") or line.get("Adresse") or ""
            if address.strip(" /") and float(line["Longitude"] or 0):
                yield address, float(line["Longitude"]), float(line["Latitude"])
