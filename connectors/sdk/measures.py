"""Measures of traffic in the words of French road authorities, as codes of the list ``occupation_measure``."""

from __future__ import annotations

import re

MEASURES = {
    "road_closed": r"barree|circulation interdite|interdiction de circul|fermeture|route coupee",
    "parking_forbidden": r"stationnement",
    "diversion": r"deviation|devie",
    "alternating_traffic": r"altern",
    "narrowed_road": r"retreci|circulation reduite|reduction|occupation de \d+ (?:file|voie)|chaussee|neutralis",
    "reduced_speed": r"vitesse|limitation a",
    "one_way": r"sens unique",
    "closed_footway": r"trottoir",
}
_MEASURES = {code: re.compile(words) for code, words in MEASURES.items()}
_PLAIN = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")


def measures_in(effect: object) -> list[str]:
    """Codes of the measures a text announces, in the order of the list; none for a text without a known word."""
    plain = str(effect or "").lower().translate(_PLAIN)
    return [code for code, words in _MEASURES.items() if words.search(plain)]
