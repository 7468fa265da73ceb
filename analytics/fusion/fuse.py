"""Reports in a table to incidents in a table: what to learn, what to keep of it, and what came together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analytics.fusion.clusters import Decisions, incidents_of
from analytics.fusion.learning import learn
from analytics.fusion.model import FusionModel, Scored, score
from analytics.fusion.neighbours import Pairs
from analytics.fusion.precision import Precision
from analytics.fusion.reports import Reports, Scheme

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

REQUIRED = ("report_id", "occurred_at", "longitude", "latitude", "location_precision_m", "source_id", "category_code")
RECEIVED = "received_at"
"""Read where the table has it: which report of an incident came first."""
DECISION = ("first_report_id", "second_report_id", "decision_code")
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True)
class Fused:
    """What came of a table of reports.

    Attributes:
        table: the reports, in the order of their identifiers.
        reports: the same as arrays.
        incident: index of the founding report of each report's incident: the one received first.
        pairs: the links: pairs of reports of one incident that are candidates or were put together by an analyst.
        probability: of each link, 1 where an analyst decided.
        is_decided: which links an analyst decided.
        expected_links: sum of the probabilities of all candidate pairs.
    """

    table: pa.Table
    reports: Reports
    incident: Longs
    pairs: Pairs
    probability: Doubles
    is_decided: NDArray[np.bool_]
    expected_links: float

    @cached_property
    def report_ids(self) -> list[str]:
        """Identifiers of the reports, ascending."""
        return [str(name) for name in self.table.column("report_id").to_pylist()]


@dataclass(frozen=True)
class Fusion:
    """A model, what its numbers mean and the sources' precision: all that later reports are judged by."""

    scheme: Scheme
    precision: Precision
    model: FusionModel

    @classmethod
    def learned(cls, table: pa.Table) -> Fusion:
        """Learn from reports: a table with the columns ``REQUIRED``, as in ``silver.incident_report``."""
        told = in_order(table)
        source, category = (pc.unique(told.column(name)).to_pylist() for name in ("source_id", "category_code"))
        scheme = Scheme.of(numbers(told, "longitude"), numbers(told, "latitude"), source, category)
        stated = arrays(told, scheme)
        precision = Precision.learned(stated)
        return cls(scheme, precision, learn(precision.applied(stated)))

    @property
    def model_id(self) -> str:
        """Digest of all weights."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Write scheme and weights as JSON; numbers come back to the last digit."""
        parts = {"scheme": asdict(self.scheme), "precision": asdict(self.precision), "model": asdict(self.model)}
        return json.dumps(parts, default=np.ndarray.tolist)

    @classmethod
    def from_json(cls, text: str) -> Fusion:
        """Read what ``to_json`` wrote."""
        told = json.loads(text)
        names = {key: tuple(told["scheme"][key]) for key in ("sources", "categories")}
        scheme = Scheme(**{**told["scheme"], **names})
        known = told.get("precision")  # models of before precision was learned take sources at their word
        precision = Precision.of(known) if known else Precision.stated(len(scheme.sources) + 1)
        return cls(scheme, precision, FusionModel.of(told["model"]))

    def reports(self, table: pa.Table) -> Reports:
        """The rows of a table as arrays, in their order, as precise as their sources are known to be."""
        return self.precision.applied(arrays(table, self.scheme))

    def fuse(self, table: pa.Table, decisions: pa.Table | None = None) -> Fused:
        """Bring the reports of a table together.

        Args:
            table: the columns ``REQUIRED`` and, where known, ``received_at``; one row per report.
            decisions: columns ``DECISION``, as in ``silver.incident_decision``; pairs of which a report is not in the
                table are passed over.
        """
        told = in_order(table)
        reports = self.reports(told)
        return assembled(told, reports, score(self.model, reports), decided(told, decisions))


def in_order(table: pa.Table) -> pa.Table:
    """The table in the order of its report identifiers, on which every tie is decided."""
    return table.take(order_of(table)).combine_chunks()


def order_of(table: pa.Table) -> pa.Array:
    """Indices that put the reports in the order of their identifiers."""
    return pc.sort_indices(table.column("report_id"))


def assembled(table: pa.Table, reports: Reports, scored: Scored, decisions: Decisions) -> Fused:
    """Incidents and links from judged pairs of a table in order."""
    owner = incidents_of(reports, scored, decisions)
    founder = _founders(owner, received(table))
    links, probability, is_decided = _links(reports, scored, decisions, owner)
    return Fused(table, reports, founder[owner], links, probability, is_decided, float(scored.probability.sum()))


def arrays(table: pa.Table, scheme: Scheme) -> Reports:
    """The columns of a table in order as arrays."""
    return scheme.reports(
        numbers(table, "longitude"), numbers(table, "latitude"), seconds(table, "occurred_at"),
        numbers(table, "location_precision_m"), _codes(table, "source_id", scheme.sources),
        _codes(table, "category_code", scheme.categories),
    )  # fmt: skip


def _codes(table: pa.Table, name: str, known: Sequence[str]) -> Longs:
    """Numbers of a column's words; the number after the last for those that are not known."""
    found = pc.index_in(table.column(name), value_set=pa.array(known, pa.string()))
    return np.asarray(pc.fill_null(found, len(known)).to_numpy(), np.int64)


def numbers(table: pa.Table, name: str) -> Doubles:
    """A column of numbers; NaN where it is empty."""
    return np.asarray(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def seconds(table: pa.Table, name: str) -> Doubles:
    """A column of instants as seconds since the Unix epoch; NaN where it is empty."""
    instant = table.column(name)
    micro = instant.cast(pa.timestamp("us", tz=instant.type.tz)).cast(pa.int64())
    return np.asarray(micro.to_numpy(zero_copy_only=False), dtype=np.float64) / 1e6


def received(table: pa.Table) -> Doubles:
    """When each report was received, or else when it says the event was."""
    occurred = seconds(table, "occurred_at")
    if RECEIVED not in table.column_names:
        return occurred
    known = seconds(table, RECEIVED)
    return np.where(np.isfinite(known), known, occurred)


def decided(table: pa.Table, decisions: pa.Table | None) -> Decisions:
    """The decisions on pairs of which both reports are in the table, by their indices in it."""
    if decisions is None or not decisions.num_rows:
        return Decisions.none()
    ids = table.column("report_id")
    ends = [pc.index_in(decisions.column(name), value_set=ids) for name in DECISION[:2]]
    word = decisions.column(DECISION[2])
    holds = pc.and_(pc.is_in(word, value_set=pa.array([SAME, DIFFERENT])), pc.and_(*(pc.is_valid(end) for end in ends)))
    first, second = (np.asarray(end.filter(holds).to_numpy(zero_copy_only=False), np.int64) for end in ends)
    is_same = np.asarray(pc.equal(word.filter(holds), SAME).to_numpy(zero_copy_only=False), np.bool_)
    kept = first != second
    pair = np.stack((np.minimum(first, second), np.maximum(first, second)))[:, kept]
    _, at = np.unique(pair, axis=1, return_index=True)
    return Decisions(pair[0][at], pair[1][at], is_same[kept][at])


def _founders(owner: Longs, received_s: Doubles) -> Longs:
    """For the smallest index of each incident, the index of its report received first; ties to the smaller index."""
    order = np.lexsort((np.arange(len(owner)), received_s, owner))
    ranked = owner[order]
    is_first = np.r_[True, ranked[1:] != ranked[:-1]] if len(order) else np.empty(0, np.bool_)
    founder = np.arange(len(owner))
    founder[ranked[is_first]] = order[is_first]
    return founder


def _links(
    reports: Reports, scored: Scored, decisions: Decisions, owner: Longs
) -> tuple[Pairs, Doubles, NDArray[np.bool_]]:
    """The candidate pairs within incidents, and those an analyst put together there, in ascending order."""
    n = np.int64(len(reports))
    inside = owner[scored.pairs.first] == owner[scored.pairs.second]
    keys = (scored.pairs.first * n + scored.pairs.second)[inside]
    same = decisions.is_same & (owner[decisions.first] == owner[decisions.second])
    wanted = (decisions.first * n + decisions.second)[same]
    every = np.unique(np.concatenate((keys, wanted)))
    is_decided = np.isin(every, wanted)
    probability = np.ones(len(every))
    probability[np.searchsorted(every, keys)] = scored.probability[inside]
    first, second = every // n, every % n
    distance = np.hypot(reports.x_m[first] - reports.x_m[second], reports.y_m[first] - reports.y_m[second])
    pairs = Pairs(first, second, distance, reports.t_seconds[second] - reports.t_seconds[first])
    return pairs, np.where(is_decided, 1.0, probability), is_decided
