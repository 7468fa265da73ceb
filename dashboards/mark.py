"""The mark on a dashboard: in its title, in a row above everything else, and in the name of the city on every chart.

Which lake is simulated is asked of the lake itself, so nobody who pushes can leave it out; and what Superset then shows
is asked again, because the lakes may lie elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from dashboards.specification import Cell, Dashboard
from schemas.label import LANGUAGES, Label
from schemas.simulated import NOTE, WORDS

BANNER_HEIGHT = 14


def with_banner(dashboard: Dashboard) -> Dashboard:
    """The dashboard under the mark."""
    title = Label(*(f"{WORDS.in_language(each)} — {dashboard.title.in_language(each)}" for each in LANGUAGES))
    text = Label(fr=_banner("fr", "en"), en=_banner("en", "fr"))
    return replace(dashboard, title=title, rows=((Cell(None, text, 12, BANNER_HEIGHT),), *dashboard.rows))


def _banner(language: str, other: str) -> str:
    words = f"{WORDS.in_language(language)} — {WORDS.in_language(other).lower()}"
    return f"# ⚠ {words}\n\n**{NOTE.in_language(language)}**"


def is_marked(city_label: object) -> bool:
    """Whether the name of a city, as a chart shows it, carries the mark."""
    return any(WORDS.in_language(language) in str(city_label) for language in LANGUAGES)
