"""Places for addresses: exact and fuzzy look-up in a gazetteer, offline, with method and precision of every answer.

gazetteer = Gazetteer.of(streets, numbers, longitude, latitude, precision_m, language="fr")
placed = gazetteer.place(["12 bis av. du Gal Leclerc", "1400 Block of WALLER ST", None])
"""

from __future__ import annotations

from analytics.geocoding.address import Address, parsed
from analytics.geocoding.gazetteer import Gazetteer
from analytics.geocoding.places import Placed
from analytics.geocoding.words import LANGUAGES

__all__ = ["LANGUAGES", "Address", "Gazetteer", "Placed", "parsed"]
