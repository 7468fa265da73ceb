"""Run the whole platform on a simulated day or on recorded real feeds."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from vigie.options import CityOption


def run(
    city: CityOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare every figure with an independent computation, then end.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Leave the dashboard up until Ctrl-C, or end once it answers.")
    ] = True,
    day: Annotated[
        str | None, typer.Option("--day", help="Local day to simulate, such as 2025-09-13.", metavar="DAY")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Another seed is another city; the same, the same.")
    ] = None,
) -> None:
    """Run the whole platform on a city and serve the dashboard until Ctrl-C.

    A city with a simulation profile is shown on a simulated day, told into real message servers and read from them; any
    other on its recorded real feeds. With the setting `sources` at `live` the sources themselves are read.

    The lake and the broker that are managed here are made anew each time; those given in the settings are added to.

    Examples:

        make demo

        vigie demo --day 2025-10-25 --seed 2

        vigie demo --city lancashire

        vigie demo --check
    """
    from vigie import settings
    from vigie.demo.run import demonstrate
    from vigie.demo.simulated import shown

    loaded = settings.load(city)
    _check_city(loaded.city)
    chosen = shown(loaded.city, _day(day), seed) if loaded.sources != "live" else None
    demonstrate(loaded, loaded.city, is_check=check, keeps_running=keep, shown=chosen)


def _day(text: str | None) -> date | None:
    from vigie.errors import WrongUse

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--day {text}: expected a day such as 2025-09-13") from None


def _check_city(city: str) -> None:
    from schemas.city import cities
    from vigie.errors import ConfigurationError

    if city not in cities():
        raise ConfigurationError(f"no city {city}; there are: {', '.join(cities())}. A city is a folder of cities/")
