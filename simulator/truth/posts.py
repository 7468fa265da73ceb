"""What fixed posts tell beside presses: signs of life, tests, and that they are out of order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.chance import Columns, Ints, joined, stream
from simulator.city import City
from simulator.day import Day


def signals(city: City, day: Day) -> Columns:
    """Give the signals of every post of every source on a day: one a day from each that works or knows its fault.

    Columns: ``source``, ``post``, ``at_s``, ``event`` (heartbeat, test, fault). A post is out of order for a whole
    month.
    """
    parts = [_signals(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, "U12"), "")]
    for source, told in city.simulation["sources"].items():
        if "posts" not in told:
            continue
        count = told["posts"]["count"]
        month = stream(city.seed, f"faults of {source}", day.date.year, day.date.month)
        faulty = month.random(count) < told["posts"]["faulty_ratio"]
        rng = stream(city.seed, f"signals of {source}", day.ordinal)
        at = day.starts_s + rng.integers(0, day.ends_s - day.starts_s, (2, count))
        tested = np.flatnonzero(((np.arange(count) + day.ordinal) % told["posts"]["tested_days"] == 0) & ~faulty)
        parts.append(_signals(np.arange(count), at[0], np.where(faulty, "fault", "heartbeat"), source))
        parts.append(_signals(tested, at[1, tested], np.full(len(tested), "test"), source))
    return joined(parts)


def _signals(post: Ints, at_s: Ints, event: npt.NDArray[np.str_], source: str) -> Columns:
    return {
        "source": np.full(len(post), source, "U40"), "post": post.astype(np.int64), "at_s": at_s.astype(np.int64),
        "event": event.astype("U12"),
    }  # fmt: skip
