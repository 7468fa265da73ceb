"""Run layers of the pipeline, or one table, on what there is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from vigie.options import CityOption, JsonOption


def run(
    what: Annotated[
        str,
        typer.Argument(
            help="`ingest`, `silver`, `gate`, `gold`, `all`, `isolated`, or one table.", metavar="LAYER|TABLE|all"
        ),
    ],
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the window, local.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of the window, local.")
    ] = None,
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one layer of the pipeline, one table, or all layers, on what there is, and end.

    Layers, in order: `ingest` (topics to bronze), `silver` (bronze to silver), `gate` (judge silver), `gold` (silver to
    gold, judged before it is published). A second run on the same input changes nothing.

    `isolated` is no layer and is not in `all`: it takes the alerts of the isolated class into their own store, as
    long as an authorisation is in force, and erases what is too old.

    Examples:

        vigie run all

        vigie run silver --city lancashire

        vigie run gold.zone_indicator_day --from 2008-01-01 --to 2008-12-31
    """
    from vigie import pipeline, settings

    loaded = settings.load(city)
    window = pipeline.Window(start.date() if start else None, end.date() if end else None)
    reports = pipeline.run(loaded, loaded.city, what, window)
    pipeline.show(reports, as_json=as_json)
