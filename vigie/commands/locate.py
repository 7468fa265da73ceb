"""Give the points of a file the zone they lie in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.options import JsonOption


def run(
    points: Annotated[Path, typer.Argument(help="Parquet with longitude and latitude.", metavar="POINTS")],
    target: Annotated[Path, typer.Argument(help="Parquet to write: the points with `zone_id`.", metavar="OUT")],
    zones: Annotated[Path, typer.Option("--zones", help="GeoJSON polygons, `.gz` allowed.", metavar="ZONES")],
    zone_id: Annotated[str | None, typer.Option("--zone-id", help="Property that identifies a zone.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that search.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Give the points of a file the zone they lie in, exactly, without a broker, a lake or Spark.

    Zones are closed: a point on a shared border, or where zones overlap, belongs to the zone with the smallest
    identifier. Rings that cross themselves are repaired, and what was repaired is told: zone, fault, place, area.

    Example:

        vigie locate points.parquet --zones quartiers.geojson located.parquet
    """
    import dataclasses

    from vigie import screen
    from vigie.locate import locate_file

    out = screen.console()
    with out.status("reading") as status:
        done = locate_file(
            points, zones, target, id_property=zone_id, threads=threads, tell=lambda line: status.update(line)
        )
    told = {**dataclasses.asdict(done), "path": str(done.path)}
    if as_json:
        screen.print_json(told)
    else:
        rows = {**told, "repairs": "\n".join(str(repair) for repair in done.repairs) or "none"}
        screen.print_table(("", ""), list(rows.items()))
