"""Why two reports belong together, in words an analyst understands, French and English."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from analytics.fusion.fuse import Fused

Named = Callable[[str, str], str]
"""Name of a source or category in a language, ``fr`` or ``en``."""


class Link(NamedTuple):
    """One link of an incident; the columns of ``gold.incident_link``."""

    incident_id: str
    first_report_id: str
    second_report_id: str
    first_source_id: str
    second_source_id: str
    distance_m: float | None
    lag_seconds: float
    is_same_category: bool
    link_ratio: float
    is_decided: bool
    reason_fr: str
    reason_en: str


def incident_id(report_id: str) -> str:
    """Name of the incident that a report founded."""
    return f"incident:{report_id}"


def links(fused: Fused, source_name: Named, category_name: Named) -> Iterator[Link]:
    """The links of all incidents, in the order of their reports' identifiers."""
    ids = fused.report_ids
    sources = [str(name) for name in fused.table.column("source_id").to_pylist()]
    categories = [str(name) for name in fused.table.column("category_code").to_pylist()]
    columns = (*fused.pairs, fused.probability, fused.is_decided)
    for i, j, distance, lag, ratio, is_decided in zip(*(column.tolist() for column in columns), strict=True):
        both = categories[i], categories[j]
        told = (distance if math.isfinite(distance) else None, lag, both, (sources[i], sources[j]), ratio, is_decided)
        yield Link(
            incident_id(ids[int(fused.incident[i])]), ids[i], ids[j], sources[i], sources[j], told[0], lag,
            both[0] == both[1], ratio, is_decided, *(_reason(language, *told, source_name, category_name)
                                                     for language in ("fr", "en")),
        )  # fmt: skip


_SAME = {"fr": "même catégorie", "en": "same category"}
_OTHER = {"fr": "catégories {} et {}", "en": "categories {} and {}"}
_UNPLACED = {"fr": "lieu inconnu", "en": "place unknown"}
_DECIDED = {"fr": "réunis par un analyste", "en": "put together by an analyst"}


def _reason(
    language: str, distance_m: float | None, lag_seconds: float, categories: tuple[str, str], sources: tuple[str, str],
    ratio: float, is_decided: bool, source_name: Named, category_name: Named,
) -> str:  # fmt: skip
    where = _UNPLACED[language] if distance_m is None else f"{distance_m:.0f} m"
    named = [category_name(code, language) for code in categories]
    kind = _SAME[language] if categories[0] == categories[1] else _OTHER[language].format(*named)
    who = " + ".join(source_name(name, language) for name in sources)
    end = _DECIDED[language] if is_decided else _ratio(language, ratio)
    colon = " : " if language == "fr" else ": "
    return f"{where}, {_lasting(abs(lag_seconds))}, {kind}, {who}{colon}{end}"


def _ratio(language: str, ratio: float) -> str:
    text = f"{min(ratio, 0.99) if ratio < 1 else 1:.2f}"
    return text.replace(".", ",") if language == "fr" else text


def _lasting(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h"
