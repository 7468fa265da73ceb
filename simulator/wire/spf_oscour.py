"""Weekly rates of emergency visits by cause (OSCOUR), as the portal of Santé publique France exports them.

Every day at noon the export holds the last whole week, counted from the arrivals simulated for it, told by whatever
hospital. Arrivals have no age, so all ages are the only group. The territory is a département that does not exist: a
rate of a real one would pass for a real rate. A spoilt line names another week than its Monday.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from simulator.city import CATEGORIES, City
from simulator.day import day_of
from simulator.facts import DayFacts
from simulator.feeds import spoilt
from simulator.truth.hospital import arrivals
from simulator.truth.incidents import incidents
from simulator.wire import Message

SUFFIX = ".csv"
SOURCE = "spf_oscour"
DEPARTEMENT = "00"
TOLD_HOUR = 12
PER = 100_000
CAUSES = {
    "accident de la circulation": ("collision",),
    "agression": ("physical_violence", "family_violence", "sexual_violence", "armed_or_violent_theft",
                  "dispute_or_brawl", "weapon_or_gunshot"),
    "malaise ou assistance": ("medical_or_assistance",),
}  # fmt: skip
"""What a rate counts: arrivals brought by incidents of these categories."""
TITLES = ("1er jour de la semaine", "Semaine", "Département Code", "Département", "Classe d'âge",
          *(f"Taux de passages aux urgences pour {cause}" for cause in CAUSES))  # fmt: skip


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """The line of the last whole week."""
    on = facts.day.date
    monday = on - timedelta(days=on.weekday() + 7)
    is_spoilt = bool(spoilt(city, SOURCE, facts.day.ordinal, 1)[0])
    year, week, _ = (monday - timedelta(days=7 * is_spoilt)).isocalendar()
    rates = [f"{rate:.4f}" for rate in weekly_rates(city, monday)]
    line = ",".join((monday.isoformat(), f"{year}-S{week:02d}", DEPARTEMENT, "SIMULÉ", "Tous âges", *rates))
    yield Message(facts.day.at(TOLD_HOUR), f"{line}\r\n".encode())


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Lines under their titles, with the byte-order mark of the portal; each line once."""
    return f"\ufeff{','.join(TITLES)}\r\n".encode() + b"".join(dict.fromkeys(messages))


@lru_cache(maxsize=8)
def weekly_rates(city: City, monday: date) -> tuple[float, ...]:
    """Give how many of 100,000 arrivals of a week each cause brought, in the order of `CAUSES`."""
    begins, ends = day_of(city, monday).starts_s, day_of(city, monday + timedelta(days=7)).starts_s
    every = 0
    caused = np.zeros(len(CATEGORIES), np.int64)
    for ahead in range(-1, 7):  # who was hurt on the Sunday before may arrive on Monday
        day = day_of(city, monday + timedelta(days=ahead))
        happened = incidents(city, day)
        found = arrivals(city, day, happened)
        inside = (found["arrived_s"] >= begins) & (found["arrived_s"] < ends)
        every += int(inside.sum())
        by_id = dict(zip(happened["incident_id"].tolist(), happened["category"].tolist(), strict=True))
        brought = [by_id[one] for one in found["incident_id"][inside].tolist() if one]
        caused += np.bincount(np.array(brought, np.int64), minlength=len(CATEGORIES))
    counts = [sum(int(caused[CATEGORIES.index(name)]) for name in names) for names in CAUSES.values()]
    return tuple(PER * count / max(every, 1) for count in counts)
