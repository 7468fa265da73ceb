"""Look at one incident, and correct what belongs together: analysts' decisions survive every recomputation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vigie.options import CityOption, JsonOption

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vigie.decisions import Code, Decision, Pair
    from vigie.incidents import Found
    from vigie.settings import Settings

app = typer.Typer()
IdentifiersArgument = Annotated[
    list[str], typer.Argument(help="Reports (`issuer:id`), or incidents (`incident:issuer:id`).", metavar="ID ID...")
]

_REPORT_COLUMNS = ("report_id", "source_id", "occurred_at", "category_code", "report_offset_m", "report_link_ratio")
_LINK_COLUMNS = ("first_report_id", "second_report_id")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="An incident, or one of its reports.", metavar="INCIDENT|REPORT")],
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an incident: place and time, its reports, why they belong together, and what analysts decided of them.

    The identifier of an incident names its first report. When that report is in another incident by now, that one is
    shown, and said so.

    Examples:

        vigie incident show incident:sfpd:6010033907041

        vigie incident show sfpd:6010033907041 --city san_francisco --json
    """
    from vigie import decisions, incidents, settings

    loaded = settings.load(city)
    root = loaded.lake(loaded.city)
    (found,) = incidents.find(root, [name])
    rows = incidents.rows_of(root, found.incident_id)
    said = decisions.last_said(loaded, loaded.city, found.members)
    if as_json:
        _print_as_json(found, rows, said)
    else:
        _print_tables(loaded, found, rows, said)


@app.command()
def merge(names: IdentifiersArgument, city: CityOption = None, as_json: JsonOption = False) -> None:
    """Say that several incidents are one event; a later decision or `vigie incident undo` takes it back.

    Examples:

        vigie incident merge incident:sfpd:6010033907041 incident:sffd:60100339

        vigie incident merge sfpd:6010033907041 sffd:60100339 sf311:1234
    """
    from vigie import decisions, incidents, settings

    loaded = settings.load(city)
    found = incidents.find(loaded.lake(loaded.city), names)
    said = decisions.last_said(loaded, loaded.city, {report for one in found for report in one.members})
    _write(loaded, incidents.merging(found, said), said, as_json)


@app.command()
def split(
    reports: Annotated[list[str], typer.Argument(help="Reports that leave their incident.", metavar="REPORT...")],
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that reports tell of another event than the rest of their incident; several that are named leave together.

    Examples:

        vigie incident split sffd:60100339

        vigie incident split sffd:60100339 sf311:1234 --city san_francisco
    """
    from vigie import decisions, incidents, settings

    loaded = settings.load(city)
    found = incidents.find(loaded.lake(loaded.city), reports)
    said = decisions.last_said(loaded, loaded.city, {report for one in found for report in one.members})
    _write(loaded, incidents.splitting(found), said, as_json)


@app.command()
def undo(names: IdentifiersArgument, city: CityOption = None, as_json: JsonOption = False) -> None:
    """Withdraw what was decided between reports; fusion judges them by itself again.

    Example:

        vigie incident undo sfpd:6010033907041 sffd:60100339
    """
    from vigie import decisions, incidents, settings

    loaded = settings.load(city)
    said = decisions.last_said(loaded, loaded.city, incidents.reports_named(names))
    where = f"{decisions.TABLE} of {loaded.lake(loaded.city)} and {decisions.folder(loaded, loaded.city)}"
    _write(loaded, incidents.undoing(names, said, where), said, as_json)


def _write(settings: Settings, decided: Mapping[Pair, Code], said: Mapping[Pair, Decision], as_json: bool) -> None:
    """Write the decisions and tell what was written, what to run for it, and what changes then."""
    from vigie import decisions, screen
    from vigie.sources import is_written_here

    path, written = decisions.write(settings, settings.city, decided, said)
    live = "" if is_written_here(decisions.source(settings, settings.city)) else " --live"
    following = [
        f"vigie connectors run {decisions.CONNECTOR}{live} --city {settings.city}",
        f"vigie run all --city {settings.city}",
    ]
    changed = decisions.changed_tables()
    if as_json:
        told = [one.as_json() for one in written]
        screen.print_json(
            {"city": settings.city, "file": str(path), "decisions": told, "next": following, "changes": changed}
        )
        return
    screen.print_table(*_decision_table(written))
    print(f"Written: {path}")
    print(f"Next:    {' && '.join(following)}")
    print(f"No figure has changed yet. Those commands change silver and gold: {', '.join(changed)}.")


def _decision_table(decided: Sequence[Decision]) -> tuple[tuple[str, ...], list[list[Any]]]:
    heads = ("first report", "second report", "decision", "decided at", "taken in")
    return heads, [[*one.pair, one.decision_code, one.decided_at, one.is_taken_in] for one in decided]


def _print_as_json(found: Found, rows: Mapping[str, list[dict[str, Any]]], said: Mapping[Pair, Decision]) -> None:
    from vigie import screen
    from vigie.incidents import INCIDENTS, LINKS, REPORTS

    screen.print_json(
        {
            "asked": found.asked,
            "incident_id": found.incident_id,
            "is_moved": found.is_moved,
            "incident": next(iter(rows[INCIDENTS]), None),
            "reports": rows[REPORTS],
            "links": rows[LINKS],
            "decisions": [one.as_json() for one in said.values()],
        }
    )


def _print_tables(
    settings: Settings,
    found: Found,
    rows: Mapping[str, list[dict[str, Any]]],
    said: Mapping[Pair, Decision],
) -> None:
    from schemas.city import load_city
    from vigie import screen
    from vigie.incidents import INCIDENTS, LINKS, REPORTS

    if found.is_moved:
        print(f"{found.asked} is now {found.incident_id}: its report {found.report_id} is in that incident.")
    incident = [(name, value) for row in rows[INCIDENTS] for name, value in row.items() if value is not None]
    screen.print_table(("column", "value"), incident, title=found.incident_id)
    reason = f"reason_{load_city(settings.city).language}"
    for title, table, columns in (("Reports", REPORTS, _REPORT_COLUMNS), ("Links", LINKS, (*_LINK_COLUMNS, reason))):
        screen.print_table(columns, [[row[name] for name in columns] for row in rows[table]], title=title)
    if said:
        screen.print_table(*_decision_table(list(said.values())), title="Decisions")
