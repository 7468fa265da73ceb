"""Incidents of a city's lake as an analyst names them, and what a split, a merge or an undo says of their reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from vigie import lake
from vigie.decisions import Code, Decision, Pair, pair_of
from vigie.errors import ConfigurationError, WrongUse

PREFIX = "incident:"
INCIDENTS, REPORTS, LINKS = "gold.incident", "gold.incident_report", "gold.incident_link"
_MEMBERS = f"""
select incident_id, report_id from {REPORTS}
where incident_id in (select incident_id from {REPORTS} where list_contains($1::varchar[], report_id))
order by incident_id, not is_founder, report_id
"""


@dataclass(frozen=True)
class Found:
    """An incident or report that somebody named, and the incident it is now.

    Attributes:
        asked: the identifier as it was given.
        report_id: the report it names; of an incident the one it was founded by.
        incident_id: the incident that this report is in now.
        members: its reports, the founder first.
    """

    asked: str
    report_id: str
    incident_id: str
    members: tuple[str, ...]

    @property
    def is_moved(self) -> bool:
        """Whether an incident was asked for whose founder now belongs to another."""
        return self.asked == PREFIX + self.report_id != self.incident_id


def find(root: str, asked: Sequence[str]) -> list[Found]:
    """What each identifier names, in the order given.

    Args:
        root: folder of the city's lake.
        asked: identifiers of reports, or of incidents (`incident:` and a report).

    Raises:
        ConfigurationError: the lake has no fused incidents.
        WrongUse: an identifier names no report that is in an incident.
    """
    _require(root, REPORTS)
    wanted = sorted({name for one in asked for name in (one, _founder(one))})
    members: dict[str, list[str]] = {}
    for incident_id, report_id in lake.stream(root, _MEMBERS, [wanted]):
        members.setdefault(incident_id, []).append(report_id)
    home = {report: incident for incident, reports in members.items() for report in reports}
    found = []
    for one in asked:
        # An issuer may be called `incident`: a report of exactly this name comes first.
        report = one if one in home else _founder(one)
        if report not in home:
            raise WrongUse(_unknown(root, one, report))
        found.append(Found(one, report, home[report], tuple(members[home[report]])))
    return found


def rows_of(root: str, incident_id: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of an incident by table: itself, its reports (the founder first), its links (the strongest first)."""
    _require(root, INCIDENTS, REPORTS, LINKS)
    order = {
        INCIDENTS: "incident_id",
        REPORTS: "not is_founder, occurred_at, report_id",
        LINKS: "link_ratio desc, first_report_id, second_report_id",
    }
    found: dict[str, list[dict[str, Any]]] = {}
    with lake.open_lake(root) as connection:
        for table, by in order.items():
            sql = f"select * from {table} where incident_id = $1 order by {by}"
            cursor = connection.execute(sql, [incident_id])
            columns = tuple(each[0] for each in cursor.description or ())
            found[table] = lake.Result(columns, tuple(cursor.fetchall())).as_json()
    return found


def merging(found: Sequence[Found], said: Mapping[Pair, Decision]) -> dict[Pair, Code]:
    """One event: `same` from the first founder to each other; what keeps their reports apart so far is withdrawn.

    Raises:
        WrongUse: there is one incident only.
    """
    incidents = {one.incident_id: one.members for one in found}
    if len(incidents) < 2:
        raise WrongUse(
            f"{', '.join(one.asked for one in found)}: all in {found[0].incident_id} already; name reports of two "
            "incidents at least"
        )
    first, *others = sorted(members[0] for members in incidents.values())
    apart = {pair for pair in _across(incidents.values()) if pair in said and said[pair].decision_code == "different"}
    decided: dict[Pair, Code] = dict.fromkeys(sorted(apart), "withdrawn")
    return decided | {pair_of(first, other): "same" for other in others}


def splitting(found: Sequence[Found]) -> dict[Pair, Code]:
    """Another event: `different` from each report named to each that stays; those that leave together stay together.

    Raises:
        WrongUse: an incident was named in place of a report, or nothing would stay.
    """
    decided: dict[Pair, Code] = {}
    for incident in sorted({one.incident_id for one in found}):
        named = [one for one in found if one.incident_id == incident]
        _require_reports(named)
        leaving = sorted({one.report_id for one in named})
        staying = [report for report in named[0].members if report not in leaving]
        if not staying:
            alone = "holds this report alone" if len(leaving) == 1 else f"holds these {len(leaving)} reports alone"
            raise WrongUse(f"{incident} {alone}: nothing would stay; name the reports that leave")
        decided |= {pair_of(leaving[0], other): "same" for other in leaving[1:]}
        decided |= {pair_of(one, other): "different" for one, other in product(leaving, staying)}
    return decided


def undoing(asked: Sequence[str], said: Mapping[Pair, Decision], where: str) -> dict[Pair, Code]:
    """Neither: what was decided between the reports named is withdrawn, and fusion judges them by itself again.

    Raises:
        WrongUse: nothing is decided between them.
    """
    named = sorted(reports_named(asked))
    pairs = {pair_of(*pair) for pair in combinations(named, 2)}
    decided: dict[Pair, Code] = {
        pair: "withdrawn" for pair in sorted(pairs & said.keys()) if said[pair].decision_code != "withdrawn"
    }
    if not decided:
        raise WrongUse(
            f"no decision is in force between {' and '.join(asked)}; looked in {where}. `vigie incident show` of one "
            "lists its decisions"
        )
    return decided


def reports_named(asked: Sequence[str]) -> set[str]:
    """The reports that identifiers may name: as they are written, and the founders of incidents."""
    return {name for one in asked for name in (one, _founder(one))}


def _across(groups: Any) -> set[Pair]:
    return {pair_of(*pair) for one, other in combinations(groups, 2) for pair in product(one, other)}


def _founder(name: str) -> str:
    return name.removeprefix(PREFIX)


def _require_reports(named: Sequence[Found]) -> None:
    for one in named:
        if one.asked != one.report_id:
            raise WrongUse(
                f"{one.asked} is an incident; expected the reports that leave it. {one.incident_id} holds "
                f"{', '.join(one.members)}"
            )


def _require(root: str, *tables: str) -> None:
    missing = [table for table in tables if table not in lake.tables(root)]
    if missing:
        raise ConfigurationError(f"no {' nor '.join(missing)} in {root}; `vigie run gold` makes it from the reports")


def _unknown(root: str, asked: str, report: str) -> str:
    named = f"{asked} names report {report}, which" if asked != report else f"report {asked}"
    return (
        f"{named} is in no incident; looked for it in {REPORTS} of {root}. Exercises are in none, and what came since "
        f'the last `vigie run gold` is not there yet. `vigie query "select report_id from {REPORTS} where report_id '
        "like '%…%'\"` finds the right one"
    )
