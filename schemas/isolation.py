"""The isolated class (French decree 2023-828): what the law lets no other table, rule, figure or job come near.

Its tables have a layer, topics, a store and a command of their own. Nothing else may name them; the loader of contracts
refuses the contract that does, and a retention above the cap for rows derived from video (CSI art. L252-5).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from schemas.contract import TableContract

LAYER = "isolated"
VIDEO_CAP_DAYS = 30
"""Most days a row derived from video may be kept: one month at most (CSI art. L252-5)."""


class Authorisation(NamedTuple):
    """The dated decision without which a source that the law forbids by default does not start.

    Attributes:
        reference: number of the decision.
        authority: who took it: the prefect for video, the authority named by the impact assessment for sound.
        valid_from: first local day it holds.
        valid_to: last such day; ingestion stops after it.
        retention_days: days the rows are kept, never above `VIDEO_CAP_DAYS`.
    """

    reference: str
    authority: str
    valid_from: date
    valid_to: date
    retention_days: int = VIDEO_CAP_DAYS

    def holds_at(self, moment: datetime, time_zone: str) -> bool:
        """Tell whether the decision is in force on the local day of an instant."""
        return self.valid_from <= moment.astimezone(ZoneInfo(time_zone)).date() <= self.valid_to


def is_isolated(table: str) -> bool:
    """Tell whether a table, by its name `<layer>.<table>`, belongs to the isolated class."""
    return table.partition(".")[0] == LAYER


def isolation_problem(contract: TableContract) -> tuple[str, str] | None:
    """Say which key of a contract breaks the isolation and what to do; `None` when it holds."""
    inside = is_isolated(contract.name)
    if inside != (contract.access == "isolated"):
        return "access", (f"found access `{contract.access}` in layer `{contract.layer}`; data of the isolated class "
                          "is in layer `isolated` with access `isolated`, and nothing else is")
    if inside and (contract.retention_days is None or contract.retention_days > VIDEO_CAP_DAYS):
        return "retention_days", (f"found {contract.retention_days or 'unlimited'}; rows derived from video are kept "
                                  f"{VIDEO_CAP_DAYS} days at most (CSI art. L252-5); lower it")
    for table in contract.inputs:
        if is_isolated(table) != inside:
            return "inputs", _told(table) if not inside else (
                f"found input `{table}`; the isolated class is matched with no other data (decree 2023-828); remove it")
    for target in contract.gate.references.values():
        if is_isolated(target) != inside:
            return "gate", _told(target)
    for metric in contract.metrics:
        if f"{LAYER}." in metric.expression.lower():
            return "metrics", _told(metric.name)
    return None


def _told(name: str) -> str:
    return (f"found `{name}`, which reaches into the isolated class; no rule, figure or table may (decree 2023-828); "
            "remove it: a confirmed alert is entered again by hand as a new event")
