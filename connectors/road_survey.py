"""Road surveys by vehicle or on foot, under the columns that the city's profile names.

Every maker of surveys exports its own columns, as CSV, workbook or GeoJSON. What does not depend on the maker:

* A grade from 1 to 5 means nothing without its direction: the profile says it (``grade_scale_code`` under
  ``constants``), and nothing is turned round.
* A segment without grade, index and class was not assessed. That is no grade.
* ``damages`` of the settings maps the maker's words to codes of the list ``road_damage``; the text under
  ``source_damage`` may hold several. Other words are ``unknown``. Those under ``safety_damages`` endanger users.
* A photo is a reference; the image stays with the maker. Remarks are free text and are never mapped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.sdk.connector import Attribution
from connectors.sdk.decode import text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.mapped import MappedFileConnector
from connectors.sdk.mapped_occupation import has_hour, names_under
from schemas.city import CityProfile, SourceSettings, normal_text
from schemas.contract import Label

_WORDS = re.compile(r"[,;/+|\n]")
_MARKS = ("condition_grade", "condition_index", "source_class")


class RoadSurvey(MappedFileConnector):
    """One segment or point of one survey; key ``<issuer>:<id>`` as the profile names them."""

    contract = "silver.road_condition_observation"
    family = "road_condition"
    label = Label(fr="Relevés d'état des chaussées", en="Road condition surveys")
    attribution = Attribution(
        publisher="The city, named by its profile", licence="The licence of the survey, named by the city profile"
    )
    keep_raw = "mapped"
    filled = ("assessment_code", "pavement_class_code", "time_precision_code")
    free_text = frozenset(("remarque", "remarques", "commentaire", "commentaires", "observation", "observations",
                           "opérateur", "operateur", "agent", "remark", "remarks", "comment", "comments", "inspector",
                           "operator", "name", "nom"))  # fmt: skip
    other_settings = ("url", "damages", "safety_damages")

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Judge the settings and keep the maker's words for damage."""
        super().__init__(source, city)
        damages, safety = source.settings.get("damages"), source.settings.get("safety_damages")
        words = damages if isinstance(damages, Mapping) else {}
        self._damages = {normal_text(str(word)): str(code) for word, code in words.items()}
        self._moments = names_under(source.settings, "surveyed_at")
        self._safety = frozenset(map(str, safety)) if isinstance(safety, list) else frozenset()

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read the mapped columns, then damage and whether anything was assessed."""
        row = dict(super().to_row(element, payload))
        is_assessed = any(row.get(name) is not None for name in _MARKS)
        row["assessment_code"] = "assessed" if is_assessed else "not_assessed"
        row.setdefault("pavement_class_code", "unknown")
        row["pavement_class_code"] = row["pavement_class_code"] or "unknown"
        hour = has_hour(element.value, self._moments)
        row["time_precision_code"] = None if row.get("surveyed_at") is None else "minute" if hour else "day"
        written = _WORDS.split(text(row.get("source_damage")) or "")
        codes = list(dict.fromkeys(self._damages.get(normal_text(word), "unknown") for word in written if word.strip()))
        row["damage_classes"] = " ".join(codes) or None
        if self._safety:
            row.setdefault("has_safety_damage", not self._safety.isdisjoint(codes) if is_assessed or codes else None)
        return row
