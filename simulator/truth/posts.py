"""What fixed posts tell beside presses: signs of life, tests, and that they are out of order."""

from __future__ import annotations

import numpy as np

from simulator.chance import Columns, stream
from simulator.city import City
from simulator.day import Day

EVENTS = ("heartbeat", "test", "fault")


def signals(city: City, day: Day) -> Columns:
    """Give the signals of every post of every source on a day: one a day from each that works or knows its fault.

    Columns: ``source``, ``post``, ``at_s``, ``event``. A post is out of order for a whole month.
    """
    parts: list[tuple[str, int, int, str]] = []
    for source, told in city.simulation["sources"].items():
        if "posts" not in told:
            continue
        count = told["posts"]["count"]
        month = stream(city.seed, f"faults of {source}", day.date.year, day.date.month)
        faulty = month.random(count) < told["posts"]["faulty_ratio"]
        rng = stream(city.seed, f"signals of {source}", day.ordinal)
        at = day.starts_s + rng.integers(0, day.ends_s - day.starts_s, (2, count))
        tested = (np.arange(count) + day.ordinal) % told["posts"]["tested_days"] == 0
        for post in range(count):
            parts.append((source, post, int(at[0, post]), "fault" if faulty[post] else "heartbeat"))
            if tested[post] and not faulty[post]:
                parts.append((source, post, int(at[1, post]), "test"))
    sources, posts, instants, events = zip(*parts, strict=True) if parts else ((), (), (), ())
    return {
        "source": np.array(sources, "U40"), "post": np.array(posts, np.int64), "at_s": np.array(instants, np.int64),
        "event": np.array(events, "U12"),
    }  # fmt: skip
