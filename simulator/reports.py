"""What each source tells of the truth: late, beside the place, as something else, twice, or of nothing at all.

A report has versions: what was told first, a correction, its closing or its being taken back. A duplicate is another
report of the same source and incident. A false alarm and an exercise have no incident. Of one incident at most five
reports are told.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.codes import load_codes
from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, around, chosen, joined, skewed, stream, taken
from simulator.city import CATEGORIES, City
from simulator.clock import first_passage
from simulator.day import Day
from simulator.posts import NO_POST, named, nearest_post, post_places
from simulator.truth.incidents import rates

MOST_REPORTS = 5
DAY_S = 86_400
HALF_HOUR_S = 1800
CORRECTED_WITHIN = 0.5
FALSE_CANCELLED = 0.5
REAL, FALSE_ALARM, EXERCISE = "real", "false_alarm", "exercise"


def reports(city: City, day: Day, incidents: Columns) -> Columns:
    """Give every version of every report on the incidents of a day, by source, report and version.

    Columns: ``report_id``, ``version`` (from 1), ``source``, ``incident_id`` (empty without one), ``nature`` (real,
    false_alarm, exercise), ``is_duplicate``, ``is_spoilt`` (told with a time that is none, to be refused), ``told_s``,
    ``first_told_s``, ``occurred_s`` as stated, ``status``, ``category`` as stated (position in `CATEGORIES`), ``word``
    and ``second_word`` of the source, ``severity``, ``longitude`` and ``latitude`` (NaN without), ``precision_m`` as
    stated, ``place``, ``post``.
    """
    sources = tuple(city.simulation["sources"])
    first = joined([_told(city, day, incidents, name) for name in sources])
    first = taken(first, _kept(first))
    found = joined([_versions(city, day, taken(first, first["source"] == name), name) for name in sources])
    silent = np.zeros(len(found["told_s"]), np.bool_)
    for name in sources:
        rows = found["source"] == name
        silent[rows] = _silent(city, name, found["told_s"][rows])
    found = taken(found, ~silent)
    return taken(found, np.lexsort((found["version"], found["report_id"], found["source"])))


@lru_cache(maxsize=256)
def outage(city: City, source: str, utc_day: int) -> tuple[int, int] | None:
    """Give begin and end of the silence of a source that begins on a UTC day (days since 1970), if there is one."""
    told = city.simulation["sources"][source]
    rng = stream(city.seed, f"outage {source}", utc_day)
    begins, hours = utc_day * DAY_S + int(rng.integers(0, DAY_S)), float(told.get("outage_hours", 0))
    if rng.random() >= told.get("outages_per_year", 0) / 365:
        return None
    return begins, begins + int(3600 * hours * rng.lognormal(0, 0.4))


def called(city: City, day: Day, source: str, size: int) -> Floats:
    """Give the draw that decides whether a source sees each incident of a day, in their order.

    A service sends units to what it is called for: its cases and its units hang on one chance.
    """
    return stream(city.seed, f"reports {source}", day.ordinal).random(size)


def opened(told: Columns, source: str) -> dict[str, int]:
    """Give, by incident, when the first case of a source on it was opened: UTC seconds."""
    rows = (told["source"] == source) & (told["nature"] == REAL) & ~told["is_duplicate"]
    return dict(zip(told["incident_id"][rows].tolist(), told["first_told_s"][rows].tolist(), strict=True))


def word_categories(city: City, source: str) -> dict[int, tuple[str, str, int]]:
    """Give, by category, the two words of a source and the category that the city's profile counts them as."""
    told, settings = city.simulation["sources"][source], city.simulation.city.source(source)
    found = {}
    for index, name in enumerate(CATEGORIES):
        word, second = (*told["words"].get(name, told["otherwise"]), "")[:2]
        known = name if name in told["words"] else "other"  # of sources whose words no map counts
        counted = settings.category(word, second or None, date.max) or "other" if settings.category_map else known
        found[index] = (word, second, CATEGORIES.index(counted))
    return found


def _told(city: City, day: Day, incidents: Columns, source: str) -> Columns:
    """The first version of every report of one source, in the order they are told."""
    told = city.simulation["sources"][source]
    rng = stream(city.seed, f"reports {source}", day.ordinal)
    sees = np.array([told["sees"].get(name, 0.0) for name in CATEGORIES])
    # the first that the stream gives: what `called` gives to who sends units
    seen = np.flatnonzero(rng.random(len(incidents["category"])) < sees[incidents["category"]])
    again = seen[rng.random(len(seen)) < told["duplicate_ratio"]]
    real = taken(incidents, np.concatenate([seen, again]))
    false_share = told["false_ratio"]
    false_count = int(rng.poisson(len(real["category"]) * false_share / (1 - false_share)))
    drills = int(rng.poisson(told.get("exercises_per_day", 0)))
    invented = _invented(city, day, rng, sees, false_count + drills)
    nature = [*[REAL] * len(real["category"]), *[FALSE_ALARM] * false_count, *[EXERCISE] * drills]
    found = {name: np.concatenate([real[name], invented[name]]) for name in invented}
    found["nature"] = np.array(nature, "U12")
    found["is_duplicate"] = (np.arange(len(nature)) >= len(seen)) & (np.arange(len(nature)) < len(seen) + len(again))
    size = len(nature)
    found["told_s"] = found["occurred_s"] + np.maximum(skewed(rng, spread(told["delay_seconds"]), size), 1).astype(int)
    found["first_told_s"] = found["told_s"] = _stepped(city, source, found["told_s"])
    found["happened_s"] = found["occurred_s"]
    found["occurred_s"] = _stated_time(city, source, rng, found)
    found["source"] = np.full(size, source, "U40")
    found["happened"] = found["category"]
    confused = rng.random(size) < told["confused_ratio"]
    found["category"] = np.where(confused, _other_category(rng, found["category"]), found["category"])
    found["true_x"], found["true_y"] = found["longitude"], found["latitude"]
    _place(city, source, rng, found)
    found = taken(found, np.argsort(found["told_s"], kind="stable"))
    before = [f"{told['issuer']}{named(post)}{day.date:%Y%m%d}" for post in found["post"].tolist()]
    found["report_id"] = np.array([f"{part}{number:05d}" for number, part in enumerate(before)], "U64")
    return found


def _invented(city: City, day: Day, rng: np.random.Generator, sees: Floats, size: int) -> Columns:
    """Incidents that only a source believes in, of the kinds and at the hours it sees."""
    weights = (rates(city, day) * sees[:, None]).ravel()
    category, hour = np.divmod(chosen(rng, weights, size), len(day.hours))
    street = city.places.by_kind["street"]
    place = street[rng.integers(0, len(street), size)]
    x, y = city.near(rng, place, city.places.reach_m[place])
    return {
        "category": category, "occurred_s": day.starts_s + hour * 3600 + rng.integers(0, 3600, size), "place": place,
        "longitude": x, "latitude": y, "severity": rng.integers(0, 3, size), "incident_id": np.full(size, "", "U40"),
    }  # fmt: skip


def _stepped(city: City, source: str, seconds: Ints) -> Ints:
    """Instants as the clock of a source can write them."""
    told = city.simulation["sources"][source]
    step = told["time_step_seconds"]
    stepped = seconds // step * step
    return first_passage(city.simulation.city.time_zone, stepped) if told.get("is_local_clock") == "yes" else stepped


def _stated_time(city: City, source: str, rng: np.random.Generator, found: Columns) -> Ints:
    told = city.simulation["sources"][source]
    if told["states"] == "telling":
        return found["told_s"]
    occurred = found["occurred_s"]
    rounded = rng.random(len(occurred)) < told.get("rounded_ratio", 0)
    return _stepped(city, source, np.where(rounded, occurred // HALF_HOUR_S * HALF_HOUR_S, occurred))


def _place(city: City, source: str, rng: np.random.Generator, found: Columns, better: float = 1.0) -> None:
    """Where the source says it is: with an error of its kind of position, or at its nearest post."""
    told = city.simulation["sources"][source]
    size = len(found["category"])
    kind = chosen(rng, [position["share"] for position in told["positions"]], size)
    error = np.array([position["error_m"] for position in told["positions"]])[kind] * better
    states = np.array([position.get("states_m", np.nan) for position in told["positions"]])[kind]
    x, y = city.moved(found["true_x"], found["true_y"], *around(rng, error, size))
    found["post"] = np.full(size, NO_POST)
    if "posts" in told:
        at_x, at_y = post_places(city, source).T
        found["post"] = nearest_post(city, source, found["true_x"], found["true_y"])
        x, y = at_x[found["post"]], at_y[found["post"]]
    found["precision_m"] = states
    found["longitude"], found["latitude"] = (np.where(np.isnan(states), np.nan, value) for value in (x, y))


def _other_category(rng: np.random.Generator, category: Ints) -> Ints:
    """What a category is most easily mistaken for: one of the same theme, or something else."""
    codes = load_codes("incident_category").codes
    other = CATEGORIES.index("other")
    peers = [[at for at, two in enumerate(codes) if two.parent == one.parent and two != one] + [other] for one in codes]
    draw = rng.random(len(category))
    return np.array([peers[one][int(draw[row] * len(peers[one]))] for row, one in enumerate(category)], np.int64)


def _kept(first: Columns) -> npt.NDArray[Any]:
    """The first five reports of every incident, and all that have none."""
    order = np.lexsort((first["report_id"], first["told_s"], first["incident_id"]))
    incident = first["incident_id"][order]
    starts = np.flatnonzero(np.r_[True, incident[1:] != incident[:-1]])
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return np.sort(order[(rank < MOST_REPORTS) | (incident == "")])


def _versions(city: City, day: Day, first: Columns, source: str) -> Columns:
    """First tellings, corrections and ends, with the words of the source."""
    told = city.simulation["sources"][source]
    rng = stream(city.seed, f"versions {source}", day.ordinal)
    size = len(first["told_s"])
    first = {**first, "version": np.ones(size, np.int64), "status": np.full(size, "open", "U12")}
    later = np.maximum(skewed(rng, spread(told["later_seconds"]), size), 120).astype(np.int64)
    is_real = first["nature"] == REAL
    corrected = (rng.random(size) < told["corrected_ratio"]) & is_real
    ends = rng.random(size)
    uncovered = FALSE_CANCELLED if told["cancelled_ratio"] else 0.0  # a source that cannot take back never does
    cancelled = ends < np.where(first["nature"] == FALSE_ALARM, uncovered, told["cancelled_ratio"])
    closed = ~cancelled & (rng.random(size) < told["closed_ratio"])
    correction = taken(first, corrected)
    correction["told_s"] = _stepped(city, source, correction["told_s"] + (later[corrected] * 0.6).astype(np.int64))
    correction["category"] = correction["happened"]
    _place(city, source, rng, correction, CORRECTED_WITHIN)
    correction["version"] = np.full(len(correction["told_s"]), 2)
    parts = [first, correction]
    last = {name: values.copy() for name, values in first.items()}
    for name in ("category", "longitude", "latitude", "precision_m", "post", "version"):
        last[name][corrected] = correction[name]
    for status, rows in (("cancelled", cancelled), ("closed", closed)):
        end = taken(last, rows)
        end["told_s"] = _stepped(city, source, end["told_s"] + later[rows])
        end["version"] = end["version"] + 1
        end["status"] = np.full(len(end["told_s"]), status, "U12")
        parts.append(end)
    for part in parts:
        part["is_spoilt"] = rng.random(len(part["told_s"])) < told.get("spoilt_ratio", 0)
    return _worded(city, source, joined(parts))


def _worded(city: City, source: str, found: Columns) -> Columns:
    """Say categories in the words of the source, and count them as the city's profile does."""
    table = word_categories(city, source)
    category = found["category"]
    words = np.array([table[index][0] for index in range(len(CATEGORIES))], "U60")
    seconds = np.array([table[index][1] for index in range(len(CATEGORIES))], "U60")
    counted = np.array([table[index][2] for index in range(len(CATEGORIES))])
    kept = {name: found[name] for name in (
        "report_id", "version", "source", "incident_id", "nature", "is_duplicate", "told_s", "first_told_s",
        "occurred_s", "status", "severity", "is_spoilt", "longitude", "latitude", "precision_m", "place", "post",
    )}  # fmt: skip
    return {**kept, "category": counted[category], "word": words[category], "second_word": seconds[category]}


def _silent(city: City, source: str, told_s: Ints) -> npt.NDArray[np.bool_]:
    """Which tellings fall into a silence of the source and are lost."""
    lost = np.zeros(len(told_s), np.bool_)
    if not len(told_s):
        return lost
    for utc_day in range(int(told_s.min()) // DAY_S - 1, int(told_s.max()) // DAY_S + 1):
        silence = outage(city, source, utc_day)
        if silence:
            lost |= (told_s >= silence[0]) & (told_s < silence[1])
    return lost
