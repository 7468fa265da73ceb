"""Sources that tell states instead of reports: how much of the truth each follows, and which tellings are spoilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.chance import stream
from simulator.city import City

PATROLS = "police"
HOSPITALS = "hl7v2_adt"
"""Source that tells of the hospitals whose feed the profile leaves open."""
RECORDED = {"gpx_tracks": 1, "avl_positions": 10_000}
"""Sources that follow some patrols, the last ones of the list, and how many at most; `cot_events` follows all others.

A GPX file does not say whose it is, so that source follows one.
"""


def feed(city: City, source: str) -> Mapping[str, Any]:
    """Give what the profile says of a source; nothing where it does not know it."""
    found: Mapping[str, Any] = city.simulation.settings.get("feeds", {}).get(source, {})
    return found


def spoilt(city: City, source: str, day: int, size: int) -> npt.NDArray[np.bool_]:
    """Draw which of a day's tellings of a source have something impossible in them, to be refused.

    Args:
        city: the city and its seed.
        source: name of the connector.
        day: ordinal of the day.
        size: how many tellings there are, in the order of their instants.
    """
    drawn: npt.NDArray[np.bool_] = stream(city.seed, f"spoilt {source}", day).random(size) < feed(city, source).get(
        "spoilt_ratio", 0.0
    )
    return drawn


def omitted(city: City, source: str, day: int, size: int, words: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Draw which stages of a day's errands nobody tells a source: a row per errand, a column per word of the source."""
    share = [feed(city, source).get("omits", {}).get(word, 0.0) for word in words]
    drawn: npt.NDArray[np.bool_] = stream(city.seed, f"omitted {source}", day).random((size, len(words))) < share
    return drawn


def patrols_of(city: City, source: str) -> range:
    """Give the numbers of the patrols whose positions a source tells."""
    ends = int(city.simulation["units"][PATROLS]["count"])
    for name, most in RECORDED.items():
        begins = max(ends - min(int(feed(city, name).get("units", 0)), most), 0)
        if name == source:
            return range(begins, ends)
        ends = begins
    return range(ends)


def sites_of(city: City, source: str) -> dict[int, str]:
    """Give number and name of the emergency departments whose arrivals a source tells: each is told by one source."""
    sites = city.simulation["hospitals"]["sites"]
    return {number: site["name"] for number, site in enumerate(sites) if site.get("told_by", HOSPITALS) == source}
