"""From a written address to its parts: street, house number, block, crossing; total, on any text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from analytics.geocoding.words import LANGUAGES, Words

_BLOCK = re.compile(r"^(\d{1,6})\s*-?\s*(?:block|blk)\b\s*(?:of\b)?\s*(.+)$")
_MASKED = re.compile(r"^0*(\d{0,4})(x{1,3})\s+(.+)$")
_SUFFIX = r"(?:bis|ter|quater|[a-z])"
_MORE = r"(?:\s*(?:-|/|&|a|au|et|,)\s*\d{1,6}(?:\s*(?:bis|ter))?)*"
_NUMBER_FIRST = re.compile(rf"^(?:n\s?o?\s)?(\d{{1,6}})(?:\s*{_SUFFIX}\b)?{_MORE}(?:\s*,\s*|\s+|$)(.*)$")
_NUMBER_LAST = re.compile(r"^(.*?[a-z].*?)\s+(\d{1,6})\s*(bis|ter|quater|[a-z])?$")
_POSTCODE = re.compile(r"[,\s]+(?:f-)?\d{5}(?:-\d{4})?\b.*$")
_BETWEEN = r"/|&|@|\\|\bx\b|\ba l angle(?: de)?\b|\b(?:angle|croisement|and)\b|\b(?:corner|intersection) of\b"
_CROSSING = re.compile(rf"\s*(?:{_BETWEEN})\s*")
_KINDS = "rue|r|av|ave|avenue|bd|bld|boulevard|place|pl|cours|chemin|ch|quai|traverse|allee|impasse"
_FRENCH_AND = re.compile(rf"\s+(?:et|avec)\s+(?=(?:l |la |le )?(?:{_KINDS})\b)")
_SECOND_ADDRESS = re.compile(r"(?<=[a-z])\s*(?:/|&| et )\s*\d{1,6}\s+[a-z].*$")
_NUMBERED = re.compile(r"^\s*\d+(?!\d)(?!(?:st|nd|rd|th|e|er|re|eme|ere)\b)")
_ASIDE = re.compile(r"\([^)]*\)|\b(?:appt?|apt|suite|unit)\.?\s*\w+|\bbat(?:iment)?\.?\s+\w+|#\s*\w+")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ORDINAL = re.compile(r"^0+(\d+(?:st|nd|rd|th))$")


@dataclass(frozen=True)
class Address:
    """One address in parts.

    Attributes:
        street: normal form: words in full, without accents, small words left out; empty when no street is named.
        core: the street without the word for its kind, for comparison with sources that leave it out.
        number: house number; the first number of the block when ``is_block``.
        block_size: how many numbers the block holds, 0 for a single address.
        crossing: normal form of the other street of a crossing.
    """

    street: str
    core: str
    number: int | None = None
    block_size: int = 0
    crossing: str = ""
    crossing_core: str = ""

    @property
    def is_crossing(self) -> bool:
        """Whether two streets are named."""
        return bool(self.crossing)


@lru_cache(maxsize=65_536)
def parsed(text: str, language: str) -> Address:
    """Take a written address apart.

    Args:
        text: as the source wrote it: ``12 bis, Bd. du Gal-de-Gaulle 13001 Marseille``, ``1400 Block of WALLER ST``,
            ``HAIGHT ST / ASHBURY ST``, ``014XX W DIVERSEY AVE``.
        language: key of ``LANGUAGES``; it decides what ``St`` and ``Dr`` mean.
    """
    words = LANGUAGES[language]
    plain = _ASIDE.sub(" ", _folded(text[:300]))
    plain = _POSTCODE.sub("", plain)
    if block := _BLOCK.match(plain):
        return _with(block[2], words, number=int(block[1]), block_size=100)
    if masked := _MASKED.match(plain):
        size = 10 ** len(masked[2])
        return _with(masked[3], words, number=int(masked[1] or 0) * size, block_size=size)
    if not _NUMBERED.match(plain):
        sides = [side for side in _CROSSING.split(_FRENCH_AND.sub(" / ", plain)) if _WORD.search(side)]
        if len(sides) >= 2:
            first, second = (_street(_without_number(side), words) for side in sides[:2])
            if first[0] and second[0]:
                return Address(*first, crossing=second[0], crossing_core=second[1])
    plain = _SECOND_ADDRESS.sub("", plain)
    first_number = _NUMBER_FIRST.match(plain.strip())
    if first_number and _WORD.search(first_number[2]):
        return _with(first_number[2], words, number=int(first_number[1]))
    if last_number := _NUMBER_LAST.match(plain.strip().replace(",", " ")):
        return _with(last_number[1], words, number=int(last_number[2]))
    return _with(plain, words)


def street_key(text: str, language: str) -> tuple[str, str]:
    """Normal form of a street's name, and the same without the word for its kind."""
    return _street(_folded(text), LANGUAGES[language])


def _with(street: str, words: Words, *, number: int | None = None, block_size: int = 0) -> Address:
    full, core = _street(street, words)
    return Address(full, core, number, block_size)


def _without_number(side: str) -> str:
    found = _NUMBER_FIRST.match(side.strip())
    return found[2] if found and _WORD.search(found[2]) else side


def _street(text: str, words: Words) -> tuple[str, str]:
    before_comma = [part for part in text.split(",") if _WORD.search(part)]
    found = _WORD.findall(before_comma[0]) if before_comma else []
    found = [part for word in found for part in (word.split("-") if word not in words.types else [word])]
    full = [_ORDINAL.sub(r"\1", words.full.get(word, word)) for word in found]
    while full and full[0] in words.leads:
        full = full[1:]
    named = [word for word in full if word not in words.small] or full
    core = [word for word in named if word not in words.types] or named
    return " ".join(named), " ".join(core)


def _folded(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "oe"))
    plain = "".join(letter for letter in spread if not unicodedata.combining(letter)).casefold()
    return re.sub(r"[.'°º_]", " ", plain)
