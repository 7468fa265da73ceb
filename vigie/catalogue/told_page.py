"""The generated parts of ``docs/analyst/how-reports-become-an-incident.md``: tables in both languages, and the map."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from schemas.city import load_city
from schemas.codes import load_codes
from schemas.contract import load
from schemas.label import LANGUAGES
from vigie.catalogue.told_case import CITY, FIRST, LAST, SEED, Case, Row

PAGE = Path("docs/analyst/how-reports-become-an-incident.md")
PICTURE = Path("docs/images/fused-case.svg")
WORDS = {
    "fr": {
        "number": "N°",
        "said": "Dit à",
        "between": "Entre",
        "nearest": "Le plus proche",
        "home": "Son meilleur lien ailleurs",
        "nowhere": "aucun, il est seul",
        "kept": "Retenu",
        "figure": "Grandeur",
        "place": "Lieu",
        "precision": "à {} m près",
        "and": "et",
        "reach": (
            "Deux signalements de sources différentes sont comparés quand ils sont assez près : {reach:g} fois leur "
            "précision commune au plus, et {hours:g} h au plus."
        ),
        "made": (
            "Cas simulé : {city}, graine {seed}, du {first} au {last}. {reports} signalements y donnent {incidents} "
            "incidents ; {fused} en réunissent plusieurs, avec une confiance moyenne de {confidence}. Le simulateur "
            "sait que {mixed} de ceux-là ({share}) mêlent des faits différents, ou un fait et une fausse alerte."
        ),
    },
    "en": {
        "number": "No.",
        "said": "Told at",
        "between": "Between",
        "nearest": "Nearest",
        "home": "Its best link elsewhere",
        "nowhere": "none, it is alone",
        "kept": "Kept",
        "figure": "Figure",
        "place": "Place",
        "precision": "to within {} m",
        "and": "and",
        "reach": (
            "Two reports of different sources are compared when they are near enough: at most {reach:g} times their "
            "joint precision, and at most {hours:g} h."
        ),
        "made": (
            "Simulated case: {city}, seed {seed}, {first} to {last}. {reports} reports there give {incidents} "
            "incidents; {fused} bring several together, with a mean confidence of {confidence}. The simulator knows "
            "that {mixed} of those ({share}) mix different events, or an event and a false alarm."
        ),
    },
}


def parts(told: Case) -> dict[str, str]:
    """Every generated part of the page by its name: what was made, reports, links, rivals and incident per language."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        say = _Say(language)
        found |= {
            f"made {language}": say.made(told),
            f"reach {language}": say.words["reach"].format(reach=told.reach, hours=told.window_hours),
            f"reports {language}": say.reports(told.reports),
            f"links {language}": say.links(told.links),
            f"rivals {language}": say.rivals(told.rivals),
            f"incident {language}": say.incident(told.incident),
        }
    return found


def filled(page: str, told: Case) -> str:
    """The page with its parts written anew.

    Raises:
        LookupError: the page lacks the marks of a part.
    """
    for name, text in parts(told).items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if begin not in page or end not in page:
            raise LookupError(f"{PAGE} lacks {begin} or {end}; write both where the part belongs")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
    return page


class _Say:
    """Tables in one language; headings are the labels of the contracts."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = WORDS[language]
        self.zone = ZoneInfo(load_city(CITY).time_zone)
        self.sources = {source.source_id: source.label.in_language(language) for source in load_city(CITY).sources}

    def made(self, told: Case) -> str:
        share = f"{100 * told.mixed_count / told.fused_count:.0f}"
        return self.words["made"].format(
            city=load_city(CITY).label.in_language(self.language), seed=SEED,
            first=self._day(FIRST), last=self._day(LAST), reports=self._count(told.report_count),
            incidents=self._count(told.incident_count), fused=self._count(told.fused_count), mixed=told.mixed_count,
            confidence=self._ratio(told.mean_confidence),
            share=f"{share} %" if self.language == "fr" else f"{share}%",
        )  # fmt: skip

    def reports(self, rows: Sequence[Row]) -> str:
        told = "silver.incident_report"
        heads = [self.words["number"], self._label(told, "source_id"), self._label(told, "occurred_at")]
        heads += [self.words["said"], self._label("gold.incident", "category_code")]
        heads += [self._label(told, "location_precision_m"), self._label("gold.incident_report", "report_link_ratio")]
        lines = []
        for row in rows:
            category = self._code("incident_category", row["category_code"])
            clocks = [self._clock(row["occurred_at"]), self._clock(row["received_at"])]
            precision = f"{row['location_precision_m']:.0f} m"
            lines.append(
                [row["number"], self._source(row), *clocks, category, precision, self._ratio(row["link_ratio"])]
            )
        return _table(heads, lines)

    def links(self, rows: Sequence[Row]) -> str:
        heads = [self.words["between"], self._label("gold.incident_link", f"reason_{self.language}")]
        lines = []
        for row in rows:
            first, second = sorted((row["first"], row["second"]))
            lines.append([f"{first} {self.words['and']} {second}", row[f"reason_{self.language}"]])
        return _table(heads, lines)

    def rivals(self, rows: Sequence[Row]) -> str:
        told = "silver.incident_report"
        heads = [self._label(told, "source_id"), self._label(told, "occurred_at")]
        heads += [self._label("gold.incident", "category_code"), self.words["nearest"]]
        heads += [self._label("gold.incident_link", "link_ratio"), self.words["home"]]
        lines = []
        for row in rows:
            category = self._code("incident_category", row["category_code"])
            near = f"{row['number']} ({row['distance_m']:.0f} m, {abs(row['lag_seconds']) / 60:.0f} min)"
            home = self.words["nowhere"] if row["home_ratio"] is None else self._ratio(row["home_ratio"])
            clock = self._clock(row["occurred_at"])
            lines.append([self._source(row), clock, category, near, self._ratio(row["link_ratio"]), home])
        return _table(heads, lines)

    def incident(self, row: Row) -> str:
        place = f"{row['latitude']:.5f}, {row['longitude']:.5f}, "
        place += self.words["precision"].format(f"{row['location_precision_m']:.0f}")
        kept = {
            "incident_id": f"`{row['incident_id']}`",
            "occurred_at": self._clock(row["occurred_at"]),
            "latitude": place,
            "category_code": self._code("incident_category", row["category_code"]),
            "severity_code": self._code("severity", row["severity_code"]),
            "status_code": self._code("status", row["status_code"]),
            "told_by": " + ".join(self.sources[name] for name in row["told_by"].split(" + ")),
            "confidence_ratio": self._ratio(row["confidence_ratio"]),
        }
        named = {"latitude": self.words["place"]}
        lines = [[named.get(name) or self._label("gold.incident", name), text] for name, text in kept.items()]
        return _table([self.words["figure"], self.words["kept"]], lines)

    def _source(self, row: Row) -> str:
        return self.sources[row["source_id"]]

    def _label(self, table: str, column: str) -> str:
        return load(table).column(column).label.in_language(self.language)

    def _code(self, code_list: str, code: str) -> str:
        return load_codes(code_list).label(code, self.language)

    def _clock(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.zone):%H:%M:%S}"

    def _day(self, day: Any) -> str:
        return f"{day:%d/%m/%Y}" if self.language == "fr" else f"{day:%Y-%m-%d}"

    def _count(self, count: int) -> str:
        return f"{count:,}".replace(",", "\u202f") if self.language == "fr" else f"{count:,}"

    def _ratio(self, ratio: float) -> str:
        text = f"{min(ratio, 0.99):.2f}"
        return text.replace(".", ",") if self.language == "fr" else text


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
