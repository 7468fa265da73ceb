"""Planned occupations from tables whose columns the city profile names: orders, permits, declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.sdk.decode import text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.mapped import MappedFileConnector
from connectors.sdk.mapping.columns import found
from schemas.city import CityProfile, SourceSettings, normal_text

_HOUR = re.compile(r"\d\s*h|\d:\d\d")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")
_MEASURES = re.compile(r"[,;/+|\n]")
_ATTENDANCE = tuple(f"expected_attendance_{bound}_count" for bound in ("min", "central", "max"))
PERSONS_AND_OPINIONS = frozenset(
    (
        *("organisateur", "organisateurs", "organisatrice", "déclarant", "declarant", "demandeur", "pétitionnaire"),
        *("petitionnaire", "bénéficiaire", "beneficiaire", "titulaire", "contact", "responsable", "nom", "prénom"),
        *("prenom", "téléphone", "telephone", "tel", "courriel", "email", "mail", "signataire", "réalisateur"),
        *("realisateur", "production", "producteur", "architecte", "maître d'ouvrage", "maitre d'ouvrage"),
        *("objet", "titre", "intitulé", "intitule", "libellé", "libelle", "description", "observations", "observation"),
        *("commentaire", "commentaires", "mot d'ordre", "motif", "revendication", "revendications", "slogan"),
        *("organizer", "organiser", "applicant", "owner", "contractor", "name", "phone", "title", "comments"),
    )
)


class MappedOccupationConnector(MappedFileConnector):
    """Reads ``silver.planned_occupation``; adds to the mapping what every office leaves between the lines.

    * A start without an hour makes an occupation of whole days. An end without an hour holds all of its day, so it
      becomes the first instant of the next. Where one column gives the day of both, an end before the start is past
      midnight, and an end without an hour is unknown.
    * ``measures`` of the settings maps the office's words to codes of the list ``occupation_measure``; the text under
      ``declared_measures`` may hold several, separated by commas and their like. A word without a line is ``other``.
      A closed road among them makes ``has_road_closure``, unless the profile maps that column.
    * Persons, titles and opinions are never mapped, and of an element only mapped fields are kept.
    """

    contract = "silver.planned_occupation"
    family = "calendar"
    keep_raw = "mapped"
    filled = ("is_all_day",)
    free_text = PERSONS_AND_OPINIONS
    other_settings: ClassVar[tuple[str, ...]] = ("url", "measures")

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Judge the settings and keep where start and end are written."""
        super().__init__(source, city)
        measures = source.settings.get("measures")
        words = measures if isinstance(measures, Mapping) else {}
        self._measures = {normal_text(str(word)): str(code) for word, code in words.items()}
        self._starts, self._ends = (names_under(source.settings, column) for column in ("starts_at", "ends_at"))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read the mapped columns, then days and measures."""
        row = dict(super().to_row(element, payload))
        row.setdefault("is_all_day", not has_hour(element.value, self._starts))
        row["ends_at"] = self._end(row, element)
        if "declared_measures" in row:
            codes = self._codes(text(row["declared_measures"]))
            row["declared_measures"] = " ".join(codes) or None
            row.setdefault("has_road_closure", _closes(codes))
        if "attendance_source_code" in row and all(row.get(name) is None for name in _ATTENDANCE):
            row["attendance_source_code"] = None
        return row

    def _end(self, row: Row, element: Element) -> object:
        start, end = row.get("starts_at"), row.get("ends_at")
        is_one_day = self._starts[:1] == self._ends[:1] and len(self._ends) > 1
        if not has_hour(element.value, self._ends):
            return None if is_one_day and has_hour(element.value, self._starts) else self._next_day(end)
        is_past_midnight = is_one_day and isinstance(start, str) and isinstance(end, str) and end < start
        return self._next_day(end) if is_past_midnight else end

    def _next_day(self, instant: object) -> object:
        """The same wall clock one day later; what is no instant passes."""
        if not isinstance(instant, str) or not instant.endswith("Z"):
            return instant
        try:
            local = datetime.fromisoformat(instant).astimezone(self.zone) + timedelta(days=1)
            return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
        except (ValueError, OverflowError):
            return instant

    def _codes(self, written: str | None) -> list[str]:
        words = [normal_text(word) for word in _MEASURES.split(written or "") if word.strip()]
        return list(dict.fromkeys(self._measures.get(word, "other") for word in words))


def _closes(codes: list[str]) -> bool | None:
    """Whether the road is closed; unknown when nothing is told, or something that the profile does not know."""
    if "road_closed" in codes:
        return True
    return None if not codes or "other" in codes else False


def names_under(settings: Mapping[str, object], column: str) -> tuple[str, ...]:
    """Where the settings of a mapped source say that a column is written."""
    columns = settings["columns"]
    written = columns.get(column, {}).get("from", ()) if isinstance(columns, Mapping) else ()
    inside = "properties." if settings.get("format") == "geojson" else ""
    return tuple(f"{inside}{name}" for name in ((written,) if isinstance(written, str) else written))


def has_hour(value: object, names: tuple[str, ...]) -> bool:
    """Whether an hour stands beside the day; the midnight that workbooks write behind a day is none."""
    written = " ".join(filter(None, (text(found(value, name)) for name in names)))
    return _HOUR.search(_MIDNIGHT.sub("", written)) is not None
