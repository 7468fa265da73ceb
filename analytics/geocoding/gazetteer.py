"""What is known of a city's streets and numbers, and the place it gives an address."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz, process

from analytics.geocoding.address import Address, parsed, street_key
from analytics.geocoding.places import (
    UNPLACED,
    Placed,
    Point,
    Street,
    at_number,
    mean,
    nearest,
    where_lines_cross,
    whole,
)
from analytics.geocoding.words import LANGUAGES

FUZZY_CUTOFF = 87.0
"""Least similarity (0 to 100) of a street that is taken for another spelling."""
FUZZY_MARGIN = 4.0
"""How much better the best street must be than the second, or the address names none."""


class Gazetteer:
    """Streets, house numbers and crossings of one city, by normal form. Read only once made; safe to share."""

    def __init__(self, language: str) -> None:
        """Make an empty one; ``of`` and ``of_addresses`` fill it."""
        self.language = language
        self._streets: dict[str, Street] = {}
        self._by_core: dict[str, set[str]] = defaultdict(set)
        self._crossings: dict[tuple[str, str], list[Point]] = defaultdict(list)
        self._names: list[str] = []
        self._answers: dict[str, str] = {}

    @classmethod
    def of(
        cls,
        streets: Sequence[str],
        numbers: Sequence[int | None],
        longitude: Sequence[float],
        latitude: Sequence[float],
        precision_m: Sequence[float],
        *,
        language: str,
    ) -> Gazetteer:
        """Make one from a register: a line per address, or per street where the number is ``None``.

        Args:
            streets: names as the register writes them, n of them.
            numbers: house numbers without their suffix.
            longitude: WGS 84 degrees.
            latitude: WGS 84 degrees.
            precision_m: radius within which the place lies; for a whole street, how far it reaches from its point.
            language: ``fr`` or ``en``: what abbreviations mean.

        Time and memory are linear in n.
        """
        made = cls(language)
        for name, number, *place in zip(streets, numbers, longitude, latitude, precision_m, strict=True):
            full, core = street_key(name, language)
            made._add(full, core, number, (place[0], place[1], place[2]))
        return made._ready()

    @classmethod
    def of_addresses(
        cls, addresses: Iterable[str], longitude: Sequence[float], latitude: Sequence[float], *, language: str,
        precision_m: float = 60.0,
    ) -> Gazetteer:
        """Make one from facts whose place is known: addresses, blocks and crossings teach where their streets run."""
        made = cls(language)
        for text, x, y in zip(addresses, longitude, latitude, strict=True):
            address = parsed(text, language)
            place = (float(x), float(y), precision_m)
            if address.is_crossing:
                made._crossings[_pair(address.street, address.crossing)].append(place)
                for full, core in ((address.street, address.core), (address.crossing, address.crossing_core)):
                    made._add(full, core, None, place)
            elif address.street:
                middle = None if address.number is None else address.number + address.block_size // 2
                made._add(address.street, address.core, middle, place)
        return made._ready()

    def __len__(self) -> int:
        """Number of streets known."""
        return len(self._streets)

    def place(self, addresses: Sequence[str | None]) -> list[Placed | None]:
        """Places of many addresses, in order; ``None`` for an address that is missing."""
        return [None if text is None or not text.strip() else self.place_one(text) for text in addresses]

    def place_one(self, text: str) -> Placed:
        """Place of one address; never raises, whatever the text."""
        address = parsed(text, self.language)
        if not address.street:
            return UNPLACED
        if address.is_crossing:
            return self._crossing(address)
        name = self._known(address.street, address.core)
        if name is None:
            return UNPLACED
        street = self._streets[name]
        if address.number is not None and street.numbers:
            found = at_number(street, address.number, address.block_size)
            if found is not None:
                return found
        return whole(street, is_numbered=address.number is not None)

    def _add(self, full: str, core: str, number: int | None, place: Point) -> None:
        if not full or not (math.isfinite(place[0]) and math.isfinite(place[1])):
            return
        street = self._streets.setdefault(full, Street())
        self._by_core[core].add(full)
        if number is None:
            street.whole.append(place)
        else:
            street.numbers.append(int(number))
            street.places.append(place)

    def _ready(self) -> Gazetteer:
        for street in self._streets.values():
            street.sort()
        self._names = sorted(self._streets)
        return self

    def _known(self, full: str, core: str) -> str | None:
        """Name of the street meant: the same, the same but for the word of its kind, a part, or another spelling."""
        if full in self._streets:
            return full
        same_core = self._by_core.get(core, set())
        if len(same_core) == 1:
            return next(iter(same_core))
        if same_core or not full:
            return None
        if full not in self._answers:
            self._answers[full] = self._part(full.split()) or self._spelt_otherwise(full, core) or ""
        return self._answers[full] or None

    def _part(self, words: list[str]) -> str | None:
        """The longest run of words, kind included, that is a street: buildings stand before or behind it."""
        runs = ((i, j) for size in range(len(words) - 1, 1, -1) for i, j in _runs(len(words), size))
        types = LANGUAGES[self.language].types
        found = (" ".join(words[i:j]) for i, j in runs if types & set(words[i:j]))
        return next((name for name in found if name in self._streets), None)

    def _spelt_otherwise(self, full: str, core: str) -> str | None:
        best = process.extract(full, self._names, scorer=fuzz.token_sort_ratio, score_cutoff=FUZZY_CUTOFF, limit=2)
        if not best:
            return None
        name, score, _ = best[0]
        is_clear = len(best) < 2 or score - best[1][1] >= FUZZY_MARGIN
        # "1ere avenue" and "2eme avenue" are near in spelling and never the same
        same_figures = _figures(name) == _figures(full)
        is_long = len(core) >= 5
        return name if is_clear and same_figures and is_long else None

    def _crossing(self, address: Address) -> Placed:
        known = [
            self._known(address.street, address.core),
            self._known(address.crossing, address.crossing_core),
        ]
        if known[0] is None or known[1] is None:
            return UNPLACED
        told = self._crossings.get(_pair(known[0], known[1]))
        if told:
            return mean(told, "crossing", at_least=30.0)
        first, second = self._streets[known[0]].points, self._streets[known[1]].points
        return nearest(first, second) or where_lines_cross(first, second) or UNPLACED


def _runs(count: int, size: int) -> Iterator[tuple[int, int]]:
    return ((start, start + size) for start in range(count - size + 1))


def _pair(first: str, second: str) -> tuple[str, str]:
    return (first, second) if first <= second else (second, first)


def _figures(name: str) -> list[str]:
    return [word for word in name.split() if any(letter.isdigit() for letter in word)]
