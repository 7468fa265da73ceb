"""One event out of many reports: candidates near in space and time, odds learned without labels, one per source."""

from __future__ import annotations

from analytics.fusion.background import Background, Intensity
from analytics.fusion.clusters import Decisions, incidents_of
from analytics.fusion.learning import learn
from analytics.fusion.matching import link_probabilities, one_to_one
from analytics.fusion.model import FusionModel, Scored, candidates, score
from analytics.fusion.neighbours import Pairs, pairs_within
from analytics.fusion.precision import Precision
from analytics.fusion.reports import Reports, Scheme

__all__ = [
    "Background",
    "Decisions",
    "FusionModel",
    "Intensity",
    "Pairs",
    "Precision",
    "Reports",
    "Scheme",
    "Scored",
    "candidates",
    "incidents_of",
    "learn",
    "link_probabilities",
    "one_to_one",
    "pairs_within",
    "score",
]
