"""Kinds of weather in the words of warning services, as codes of the list ``weather_phenomenon``."""

from __future__ import annotations

import re

PHENOMENA = {
    "thunderstorm": r"thunder|\borage|lightning|\bhail|\bgrele|gewitter|tormenta electrica",
    "avalanche": r"avalanche|lawine",
    "snow_ice": r"snow|\bice\b|\bicing|\bicy\b|\bfrost|\bwinter|blizzard|\bsleet|freezing|neige|verglas|schnee",
    "heat": r"\bheat|\bhot\b|canicule|chaleur|high.temperature|\bhitze|\bcalor",
    "cold": r"\bcold|\bfroid|low.temperature|wind chill|\bfreeze|\bfrio\b",
    "coastal": r"coast|submersion|\bvagues?\b|\bwaves?\b|\bsurf\b|tsunami|storm surge|rip current|\bmarine|littoral",
    "rain": r"\brain|\bpluie|precipitation|\bregen|\blluvia",
    "flood": r"flood|\bcrues?\b|inondation|hochwasser|inundacion|hydrologic",
    "fog": r"\bfog|brouillard|\bnebel|\bniebla",
    "forest_fire": r"fire weather|red flag|(?:forest|bush|grass).?fire|waldbrand|wildfire|feux? de foret|wildland",
    "air_quality": r"air quality|air stagnation|\bsmoke|qualite de l.air|pollution|\bozone|ashfall",
    "dust": r"\bdust|\bsand|poussiere|\bsable",
    "wind": r"\bwinds?\b|\bwindy|\bvents?\b|\bgale|tornado|tornade|hurricane|cyclone|typhoon|tempete|\bstorm|squall",
}
_PHENOMENA = {code: re.compile(words) for code, words in PHENOMENA.items()}
_PLAIN = str.maketrans("àâäáéèêëîïíôöóùûüúç", "aaaaeeeeiiiooouuuuc")


def phenomenon_in(event: str | None) -> str | None:
    """The first kind of weather a text names, in the order of the table; ``None`` when it names none."""
    plain = (event or "").lower().translate(_PLAIN)
    return next((code for code, words in _PHENOMENA.items() if words.search(plain)), None)
