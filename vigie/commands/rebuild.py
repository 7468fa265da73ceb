"""Make tables again from what lies below them."""

from __future__ import annotations

from typing import Annotated

import typer

from vigie.options import CityOption, JsonOption

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Make tables again from what lies below them."""


@app.command()
def silver(
    city: CityOption = None,
    as_json: JsonOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Drop the silver tables of a city and make them again from bronze, with the same result.

    For a changed contract, category map or zone. Gold follows with `vigie run gold`.

    Example:

        vigie rebuild silver --city san_francisco --yes
    """
    from vigie import pipeline, settings

    loaded = settings.load(city)
    if not yes:
        typer.confirm(f"Rebuild the silver tables of {loaded.city} in {loaded.lake(loaded.city)}?", abort=True)
    pipeline.show([pipeline.rebuild_silver(loaded, loaded.city)], as_json=as_json)
