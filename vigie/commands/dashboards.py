"""Check the dashboards' files, or push them to a Superset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.options import CityOption

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Check the dashboards' files, or push them to a Superset."""


@app.command()
def check() -> None:
    """Judge the dashboards' files: formulas come from gold contracts, labels have two languages, colours have a list.

    Example:

        vigie dashboards check
    """
    from dashboards.check import FOLDER, check_folder
    from vigie.errors import ConfigurationError

    faults = check_folder(FOLDER)
    if faults:
        raise ConfigurationError("\n".join(str(fault) for fault in faults))
    print(f"{FOLDER.name}: in order")


@app.command()
def push(
    city: CityOption = None,
    catalogue: Annotated[
        Path | None, typer.Option("--catalogue", help="Also write the DuckDB file of views that Superset opens.")
    ] = None,
) -> None:
    """Push the dashboards to the Superset of the settings and query every chart of both languages.

    The demonstration pushes to the Superset that it starts by itself.

    Example:

        VIGIE_SUPERSET_URL=https://bi.example VIGIE_SUPERSET_PASSWORD=… vigie dashboards push
    """
    from dashboards.push import as_lines
    from vigie import dashboards, settings

    loaded = settings.load(city)
    url, username, password = dashboards.external_login(loaded)
    if catalogue is None:
        cities = dashboards.cities_with_gold(loaded, loaded.city) or (loaded.city,)
    else:
        cities = dashboards.build_catalogue(loaded, catalogue, loaded.city)
    for line in as_lines(dashboards.push(loaded, url, username, password, cities)):
        print(line)
