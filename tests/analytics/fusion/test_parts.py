"""Fusion in parts is fusion of the whole: tiles of any size, and any stream of late, corrected and repeated reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics.fusion.fuse import Fused, Fusion, assembled, decided, in_order, seconds
from analytics.fusion.model import judged, score
from analytics.fusion.tiles import Tiling, shares, united
from analytics.fusion.update import Span, Update, update
from tests.analytics.fusion.towns import told_table

State = dict[str, tuple[str, frozenset[str]]]
"""Report -> its incident and its links in words."""


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return told_table(3)


@pytest.fixture(scope="module")
def fusion(table: pa.Table) -> Fusion:
    return Fusion.learned(table)


def decisions(table: pa.Table, fused: Fused) -> pa.Table:
    """Two distant reports said to be one event, and the first fused pair said to be two."""
    ids = fused.report_ids
    first, second = int(fused.pairs.first[0]), int(fused.pairs.second[0])
    return pa.table(
        {
            "first_report_id": [ids[7], ids[first], "s9:gone"],
            "second_report_id": [ids[-7], ids[second], ids[3]],
            "decision_code": ["same", "different", "same"],
        }
    )


def state(fused: Fused, only: np.ndarray | None = None) -> State:
    ids = fused.report_ids
    links: dict[int, set[str]] = {}
    for k, (i, j, distance, lag) in enumerate(zip(*fused.pairs, strict=True)):
        text = f"{ids[i]} {ids[j]} {distance!r} {lag!r} {fused.probability[k]!r} {fused.is_decided[k]}"
        links.setdefault(int(i), set()).add(text)
        links.setdefault(int(j), set()).add(text)
    chosen = range(len(ids)) if only is None else np.flatnonzero(only).tolist()
    return {ids[i]: (ids[fused.incident[i]], frozenset(links.get(i, ()))) for i in chosen}


@pytest.mark.parametrize("tiling", [Tiling(86_400.0 * 3, 1e9), Tiling(200_000.0, 2_500.0), Tiling(43_000.0, 1_700.0)])
def test_the_result_does_not_depend_on_the_tiling(table: pa.Table, fusion: Fusion, tiling: Tiling) -> None:
    told = in_order(table)
    whole = fusion.reports(told)
    dealt = shares(whole, fusion.model, tiling)
    assert len(np.unique(dealt.tile)) > 8
    assert np.array_equal(np.sort(dealt.report[dealt.is_own]), np.flatnonzero(whole.is_placed))
    first, second, odds = [], [], []
    for tile in np.unique(dealt.tile):
        seen = dealt.report[dealt.tile == tile]
        order = np.argsort(seen)
        pairs, found = judged(fusion.model, whole.taken(seen[order]), dealt.is_own[dealt.tile == tile][order])
        first.append(seen[order][pairs.first])
        second.append(seen[order][pairs.second])
        odds.append(found)
    scored = united(whole, *(np.concatenate(part) for part in (first, second, odds)))
    straight = score(fusion.model, whole)
    assert all(np.array_equal(a, b) for a, b in zip(scored.pairs, straight.pairs, strict=True))
    assert np.array_equal(scored.probability, straight.probability)
    dealt_out = assembled(told, whole, scored, decided(told, None))
    assert state(dealt_out) == state(fusion.fuse(table))


def test_the_order_of_the_rows_changes_nothing(table: pa.Table, fusion: Fusion) -> None:
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(table.num_rows)))
    assert state(fusion.fuse(shuffled)) == state(fusion.fuse(table))


def test_the_weights_come_back_to_the_last_digit(table: pa.Table, fusion: Fusion) -> None:
    again = Fusion.from_json(fusion.to_json())
    assert again.model_id == fusion.model_id
    assert state(again.fuse(table)) == state(fusion.fuse(table))


class Lake:
    """Reports as they are known so far, their incidents, and what every update looked at."""

    def __init__(self, fusion: Fusion, decisions: pa.Table) -> None:
        self.fusion = fusion
        self.decisions = decisions
        self.known: dict[str, dict[str, object]] = {}
        self.state: State = {}
        self.renewed: list[int] = []

    def load(self, spans: Sequence[Span]) -> pa.Table:
        rows = sorted(self.known.values(), key=lambda row: str(row["digest"]))  # any order but that of the names
        found = pa.Table.from_pylist(rows, schema=SCHEMA)
        t = seconds(found, "occurred_at")
        return found.filter(pa.array(np.any([(t >= a) & (t <= b) for a, b in spans], axis=0)))

    def take(self, batch: list[dict[str, object]]) -> Update:
        changed = []
        for row in batch:
            for version in (self.known.get(str(row["report_id"])), row):
                if version is not None:
                    changed.append(version["occurred_at"].timestamp())  # type: ignore[attr-defined]
            if row["gone"]:
                self.known.pop(str(row["report_id"]), None)
                self.state.pop(str(row["report_id"]), None)
            else:
                self.known[str(row["report_id"])] = row
        named = {name for column in self.decisions.columns[:2] for name in column.to_pylist()}
        changed += [self.known[n]["occurred_at"].timestamp() for n in named if n in self.known]  # type: ignore[attr-defined]
        done = update(self.fusion, self.load, np.array(changed), self.decisions)
        self.state.update(state(done.fused, done.is_renewed))
        self.renewed.append(len(done.renewed_ids))
        return done


SCHEMA = pa.schema(
    [("report_id", pa.string()), ("occurred_at", pa.timestamp("us", tz="UTC")),
     ("received_at", pa.timestamp("us", tz="UTC")), ("longitude", pa.float64()), ("latitude", pa.float64()),
     ("location_precision_m", pa.float64()), ("source_id", pa.string()), ("category_code", pa.string())]
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_batch_and_incremental_give_the_same_incidents_on_any_stream(
    table: pa.Table, fusion: Fusion, seed: int
) -> None:
    """Shuffled, late, repeated, corrected and withdrawn reports, in batches of any size."""
    random = np.random.default_rng(seed)
    rows = [{**row, "gone": False, "digest": str(random.random())} for row in table.to_pylist()]
    final = {str(row["report_id"]): row for row in rows}
    stream = list(rows)
    for row in random.choice(np.array(rows, dtype=object), 300, replace=False):  # a first version, elsewhere and then
        other = {**row, "longitude": row["longitude"] + random.normal(0, 0.004), "category_code": "c1"}
        stream.insert(0, {**other, "occurred_at": datetime.fromtimestamp(float(random.uniform(0, 40 * 86_400)), UTC)})
    order = np.argsort([row["occurred_at"].timestamp() + random.exponential(20_000) for row in stream])
    first_versions = {id(row) for row in stream[:300]}
    ordered = sorted((stream[k] for k in order), key=lambda row: id(row) not in first_versions)
    for row in random.choice(np.array(rows, dtype=object), 60, replace=False):  # withdrawn at the end
        ordered.append({**row, "gone": True})
        final.pop(str(row["report_id"]), None)
    ordered += [row for row in rows[:200] if str(row["report_id"]) in final]  # told again, unchanged
    known = decisions(table, fusion.fuse(table))
    lake = Lake(fusion, known)
    at = 0
    while at < len(ordered):
        size = int(random.choice([1, 7, 150, 900]))
        lake.take(ordered[at : at + size])
        at += size
    whole = fusion.fuse(pa.Table.from_pylist(list(final.values()), schema=SCHEMA), known)
    assert lake.state == state(whole)


def test_a_late_report_changes_only_what_it_touches(table: pa.Table, fusion: Fusion) -> None:
    rows = [{**row, "gone": False, "digest": str(n)} for n, row in enumerate(table.to_pylist())]
    lake = Lake(fusion, decisions(table, fusion.fuse(table)).slice(0, 0))
    late = rows.pop(1_000)
    lake.take(rows)
    before = dict(lake.state)
    done = lake.take([late])
    changed = {name for name, told in lake.state.items() if before.get(name) != told}
    incident = lake.state[str(late["report_id"])][0]
    near = {name for name, (other, _) in lake.state.items() if other == incident}
    assert changed <= done.renewed_ids
    assert len(done.renewed_ids) < 60
    assert len(changed) <= len(near) + 4
    assert sum(b - a for a, b in done.spans) <= 4 * 86_400


def test_what_an_analyst_decided_holds(table: pa.Table, fusion: Fusion) -> None:
    told = decisions(table, fusion.fuse(table))
    found = state(fusion.fuse(table, told))
    (a, b), (c, d) = (
        (told.column("first_report_id")[k].as_py(), told.column("second_report_id")[k].as_py()) for k in (0, 1)
    )
    assert found[a][0] == found[b][0]
    assert any(line.endswith("True") for line in found[a][1])
    assert found[c][0] != found[d][0]
    only = fusion.fuse(table.filter(pc.field("report_id").isin([c, d])), told)
    assert len(set(only.incident.tolist())) == 2


def test_an_incident_is_named_after_the_report_received_first(table: pa.Table, fusion: Fusion) -> None:
    fused = fusion.fuse(table)
    received = seconds(fused.table, "received_at")
    for founder in np.unique(fused.incident[fused.incident != np.arange(len(fused.incident))]):
        members = np.flatnonzero(fused.incident == founder)
        assert received[members].min() == received[founder]
