"""Run the whole platform on recorded real feeds."""

from __future__ import annotations

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
) -> None:
    """Run the whole platform on the recorded real feeds of a city and serve the dashboard until Ctrl-C.

    The lake and the broker that are managed here are made anew each time; those given in the settings are added to.

    Examples:

        make demo

        vigie demo --city lancashire

        vigie demo --check
    """
    from vigie import settings
    from vigie.demo.run import demonstrate

    loaded = settings.load(city)
    _check_city(loaded.city)
    demonstrate(loaded, loaded.city, is_check=check, keeps_running=keep)


def _check_city(city: str) -> None:
    from schemas.city import cities
    from vigie.errors import ConfigurationError

    if city not in cities():
        raise ConfigurationError(f"no city {city}; there are: {', '.join(cities())}. A city is a folder of cities/")
