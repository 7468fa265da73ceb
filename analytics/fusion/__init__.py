"""One event out of many reports: candidates near in space and time, odds learned without labels, one per source."""

from __future__ import annotations

from analytics.fusion.clusters import incidents_of
from analytics.fusion.intensity import Intensity
from analytics.fusion.matching import link_probabilities, one_to_one
from analytics.fusion.model import FusionModel, Reports, Scored, candidates, learn, score
from analytics.fusion.neighbours import Pairs, pairs_within

__all__ = [
    "FusionModel",
    "Intensity",
    "Pairs",
    "Reports",
    "Scored",
    "candidates",
    "incidents_of",
    "learn",
    "link_probabilities",
    "one_to_one",
    "pairs_within",
    "score",
]
