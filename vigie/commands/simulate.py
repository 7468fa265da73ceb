"""Invent days of a city: what happened, and what every source told of it in its own format."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from vigie.options import JsonOption


def run(
    first: Annotated[str, typer.Option("--from", help="First local day, such as 2026-05-01.", metavar="DAY")],
    last: Annotated[str, typer.Option("--to", help="Last local day, included.", metavar="DAY")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write into; new or empty.", metavar="DIR")],
    city: Annotated[str, typer.Option("--city", help="City with a simulation profile.")] = "marseille",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another city; the same, the same.")] = 1,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="Connector to write for; all that the law allows unless said.", metavar="NAME"),
    ] = None,
    truth_only: Annotated[bool, typer.Option("--truth-only", help="Ground truth alone, no messages.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Invent days of a city, with known truth: one folder of wire files per source, and `truth/` in Parquet.

    Everything written is invented and marked so; it is never real data. A day is the same alone and inside ten years.

    Example:

        vigie simulate --city marseille --from 2026-05-01 --to 2026-05-02 --out .vigie/simulated --seed 1
    """
    from schemas.simulation import load_simulation
    from simulator.city import City
    from simulator.output import write
    from vigie import screen
    from vigie.errors import ConfigurationError

    days = day_range(first, last)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigurationError(f"--out {out} is not an empty folder; name a new one, or empty it")
    simulation = load_simulation(city)
    wanted = {} if truth_only else _writers(source)
    for name in wanted:
        simulation.city.source(name)
    done = write(City.of(simulation, seed), days[0], days[1], out, wanted, _told)
    if as_json:
        screen.print_json({"days": done.days, "truth": done.rows, "messages": done.messages, "folder": str(out)})
        return
    table = [["truth", name, count] for name, count in done.rows.items()]
    table += [["messages", name, count] for name, count in done.messages.items()]
    screen.print_table(("kind", "name", "count"), table, title=f"{done.days} simulated days in {out}")


def _writers(names: list[str] | None) -> dict[str, Any]:
    """The writers of the connectors named; of all whose sources the law does not keep apart when none is."""
    from simulator.wire import usual_writers, writers
    from vigie.errors import ConfigurationError

    known = writers()
    for name in names or ():
        if name not in known:
            raise ConfigurationError(f"--source {name}: no writer of that name; expected one of {', '.join(known)}")
    return {name: known[name] for name in names} if names else dict(usual_writers())


def day_range(first: str, last: str) -> tuple[date, date]:
    """Read a first and a last day.

    Raises:
        ConfigurationError: one is no day, or they are reversed.
    """
    from vigie.errors import ConfigurationError

    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise ConfigurationError(f"found days {first!r} and {last!r}; expected such as 2026-05-01; correct") from None
    if days[0] > days[1]:
        raise ConfigurationError(f"--from {days[0]} is after --to {days[1]}; exchange them")
    return days


def _told(on: date) -> None:
    """Say once a month, to whoever watches, how far it is."""
    if on.day == 1 and sys.stderr.isatty():
        sys.stderr.write(f"\r{on:%Y-%m}")
        sys.stderr.flush()
