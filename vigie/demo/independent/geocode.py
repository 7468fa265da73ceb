"""Places of addresses, for the witness only: a street of the city's register by its name, and nothing cleverer.

Simulated sources write names as the register does, so a name is either there or was never meant to be found.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import unicodedata
from collections import defaultdict
from functools import cache

import numpy as np
import pandas as pd

from vigie.demo.independent.profile import WitnessCity

ONE_STREET_M = 1_500.0
"""Points of one name farther from their middle are several streets, and the address stays without a place."""
M_PER_DEGREE = 111_320.0


def plain(name: str) -> str:
    """A name without accents, capitals and punctuation."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(one for one in letters if not unicodedata.combining(one))))


@cache
def streets(city: WitnessCity) -> dict[str, tuple[float, float]]:
    """The middle of every street that a name alone tells."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for name in city.profile.get("gazetteer", {}).get("files", ()):
        text = gzip.decompress((city.folder / name).read_bytes()).decode("utf-8-sig")
        for line in csv.DictReader(io.StringIO(text)):
            points[plain(line["street"])].append((float(line["longitude"]), float(line["latitude"])))
    found = {}
    for name, known in points.items():
        x, y = np.array(known).mean(axis=0)
        scale = math.cos(math.radians(y))
        if max(math.hypot((a - x) * scale, b - y) * M_PER_DEGREE for a, b in known) <= ONE_STREET_M:
            found[name] = (float(x), float(y))
    return found


def placed(
    city: WitnessCity, longitude: pd.Series, latitude: pd.Series, address: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Positions as told, and those of their street for rows without one; NaN for none."""
    x, y = longitude.astype(float).to_numpy().copy(), latitude.astype(float).to_numpy().copy()
    known = streets(city)
    for row, text in enumerate(address):
        if math.isnan(x[row]) and isinstance(text, str):
            x[row], y[row] = known.get(plain(text.partition(",")[0]), (math.nan, math.nan))
    return pd.Series(x, index=longitude.index), pd.Series(y, index=longitude.index)
