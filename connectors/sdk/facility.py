"""Hospitals in messages that carry patients: a FINESS number leaves as it is, any other name as a keyed digest.

A damaged message shifts: what stands where a facility belongs may be a patient's name or street. Only a number with the
form and the check digit of FINESS is known to be no person; the city's setting ``sites`` gives the others back:
``{"HOPITAL DEMO": "finess:130000000"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from connectors.sdk.persons import Guard

_FORM = re.compile(r"\d[\dAB]\d{7}", re.ASCII)


def is_finess(text: str) -> bool:
    """Whether a text has the form of a FINESS number and, outside Corsica (2A, 2B), its check digit (Luhn)."""
    if not _FORM.fullmatch(text):
        return False
    if not text.isdigit():
        return text[0] == "2"
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(text)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def facility(text: str, guard: Guard) -> str | None:
    """Keeper: the site that the city's settings name, else ``finess:<number>``, else the digest of the name."""
    sites = guard.settings.get("sites")
    if isinstance(sites, Mapping) and text in sites:
        return str(sites[text])
    return f"finess:{text}" if is_finess(text) else guard.pseudonyms.of(text)


def site_id(settings: Mapping[str, object], issuer: str, kept: Iterable[str | None]) -> str | None:
    """The site among the facilities kept, known ones first; without any, the setting ``site_id`` names the only one."""
    named = [text for text in kept if text]
    known = next((text for text in named if ":" in text), None) or settings.get("site_id")
    return str(known) if known else f"{issuer}:{named[0]}" if named else None
