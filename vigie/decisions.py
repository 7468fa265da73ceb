"""What analysts decide of pairs of reports: written to the drop folder of a source, read back with its connector.

The connector `incident_decisions` alone knows how a line is written, what is refused, and in which order a pair stands;
here its files are read through it, so what counts here is what will count in silver.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vigie.settings import Settings

if TYPE_CHECKING:
    from connectors.sdk.connector import SourceConnector

CONNECTOR = "incident_decisions"
TABLE = "silver.incident_decision"
SUFFIX = ".jsonl"
Code = Literal["same", "different", "withdrawn"]
Pair = tuple[str, str]
_IN_LAKE = f"""
select first_report_id, second_report_id, decision_code, decided_at from {TABLE}
where list_contains($1::varchar[], first_report_id) or list_contains($1::varchar[], second_report_id)
"""


@dataclass(frozen=True)
class Decision:
    """What was last said of two reports.

    Attributes:
        first_report_id: the smaller identifier of the two.
        second_report_id: the other one.
        decision_code: `same`, `different` or `withdrawn`.
        decided_at: instant of the decision, UTC.
        is_taken_in: whether silver holds it already; otherwise it waits in the drop folder.
    """

    first_report_id: str
    second_report_id: str
    decision_code: str
    decided_at: datetime
    is_taken_in: bool = False

    @property
    def pair(self) -> Pair:
        """The key."""
        return (self.first_report_id, self.second_report_id)

    def as_json(self) -> dict[str, Any]:
        """The decision for a program."""
        return asdict(self) | {"decided_at": _written(self.decided_at)}


def pair_of(one: str, other: str) -> Pair:
    """Two reports in the order of the key."""
    return (one, other) if one <= other else (other, one)


def source(settings: Settings, city: str) -> SourceConnector:
    """The connector that reads a city's decisions.

    Raises:
        ConfigurationError: the city has no such source.
    """
    from vigie.sources import connectors_of

    (connector,) = connectors_of(city, [CONNECTOR])
    connector.home = settings.home
    return connector


def folder(settings: Settings, city: str) -> Path:
    """The folder that decisions are dropped into.

    Raises:
        ConfigurationError: the city has no such source.
        BadSetting: its `folder` is none.
    """
    from connectors.sdk.transports.file import drop_folder

    return drop_folder(source(settings, city))


def last_said(settings: Settings, city: str, reports: Collection[str]) -> dict[Pair, Decision]:
    """What was last said of every pair with one of these reports, in lake or drop folder, withdrawals too."""
    from vigie import lake

    root = settings.lake(city)
    told = [one for one in _dropped(settings, city) if not set(one.pair).isdisjoint(reports)]
    if TABLE in lake.tables(root):
        for first, second, code, at in lake.stream(root, _IN_LAKE, [sorted(reports)]):
            told.append(Decision(first, second, code, at, is_taken_in=True))
    said: dict[Pair, Decision] = {}
    for one in sorted(told, key=lambda one: (one.decided_at, one.is_taken_in)):
        said[one.pair] = one
    return said


def write(
    settings: Settings, city: str, decided: Mapping[Pair, Code], said: Mapping[Pair, Decision]
) -> tuple[Path, list[Decision]]:
    """Write decisions as one new file of the drop folder, whole or not at all.

    They are all of one instant: now, or just after the latest one `said` of these pairs, so that a clock that runs
    behind another one's still decides last.
    """
    before = [said[pair].decided_at + timedelta(microseconds=1) for pair in decided if pair in said]
    at = max([datetime.now(UTC), *before])
    decisions = [Decision(*pair, code, at) for pair, code in decided.items()]
    path = folder(settings, city) / f"{at:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}{SUFFIX}"
    draft = path.with_name(f".{path.name}.part")
    with draft.open("x", encoding="utf-8") as file:
        file.writelines(_line(one) for one in decisions)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path, decisions


def changed_tables() -> list[str]:
    """Tables that a decision changes once it is taken in: its own and all that is made from it, by their contracts."""
    from schemas.contract import load_all

    contracts = load_all()
    found = [TABLE]
    while more := [one.name for one in contracts if one.name not in found and set(one.inputs) & set(found)]:
        found += more
    return [found[0], *sorted(found[1:])]


def _dropped(settings: Settings, city: str) -> Iterable[Decision]:
    """Decisions of the files of the drop folder that the connector accepts."""
    from connectors.sdk.connector import read_payload
    from connectors.sdk.judge import outcomes

    connector = source(settings, city)
    for path in sorted(folder(settings, city).glob(f"[!.]*{SUFFIX}")):
        for outcome in outcomes(connector, read_payload(path)):
            if outcome.is_accepted and outcome.row is not None:
                yield _of_row(outcome.row)


def _of_row(row: Mapping[str, object]) -> Decision:
    first, second, code, at = (str(row[name]) for name in _COLUMNS)
    return Decision(first, second, code, datetime.fromisoformat(at))


_COLUMNS: Sequence[str] = ("first_report_id", "second_report_id", "decision_code", "decided_at")


def _line(one: Decision) -> str:
    told = {
        "first_report_id": one.first_report_id,
        "second_report_id": one.second_report_id,
        "decision": one.decision_code,
        "decided_at": _written(one.decided_at),
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def _written(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")
