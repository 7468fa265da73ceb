"""Give the points of a file the zone they lie in, or what is nearest to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.options import JsonOption


def run(
    points: Annotated[Path, typer.Argument(help="Parquet with longitude and latitude.", metavar="POINTS")],
    target: Annotated[Path, typer.Argument(help="Parquet to write: the points and the answers.", metavar="OUT")],
    zones: Annotated[
        Path | None, typer.Option("--zones", help="GeoJSON polygons, `.gz` allowed.", metavar="ZONES")
    ] = None,
    zone_id: Annotated[str | None, typer.Option("--zone-id", help="Property that identifies a zone.")] = None,
    nearest: Annotated[
        Path | None, typer.Option("--nearest", help="GeoJSON points or lines, `.gz` allowed.", metavar="FEATURES")
    ] = None,
    nearest_id: Annotated[str | None, typer.Option("--nearest-id", help="Property that identifies a feature.")] = None,
    k: Annotated[int | None, typer.Option("--k", min=1, help="Nearest features per point.")] = None,
    within: Annotated[float | None, typer.Option("--within", min=0, help="Metres; nothing farther is near.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that search.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Give the points of a file their zone or what is nearest to them, without a broker, a lake or Spark.

    Zones are closed: a point on a shared border, or where zones overlap, belongs to the zone with the smallest
    identifier. Rings that cross themselves are repaired, and what was repaired is told: zone, fault, place, area.
    Distances are metres on the ellipsoid; with --within and no --k all features within are told.

    Examples:

        vigie locate points.parquet --zones quartiers.geojson located.parquet

        vigie locate points.parquet --nearest streets.geojson --k 3 --within 200 near.parquet
    """
    import dataclasses

    from vigie import screen
    from vigie.errors import WrongUse
    from vigie.locate import locate_file
    from vigie.nearest import nearest_question

    if zones is None and nearest is None:
        raise WrongUse("nothing is asked of the points; give --zones, --nearest or both")
    if nearest is None and (k is not None or within is not None or nearest_id is not None):
        raise WrongUse("--k, --within and --nearest-id say what is near; give --nearest too")
    out = screen.console()
    with out.status("reading") as status:
        asked = nearest_question(nearest, id_property=nearest_id, k=k, within_m=within) if nearest else None
        done = locate_file(
            points, zones, target, id_property=zone_id, threads=threads, tell=lambda line: status.update(line),
            nearest=asked,
        )  # fmt: skip
    told = {name: value for name, value in dataclasses.asdict(done).items() if value is not None}
    told["path"] = str(done.path)
    if as_json:
        screen.print_json(told)
    else:
        rows = told if done.repairs is None else {**told, "repairs": "\n".join(map(str, done.repairs)) or "none"}
        screen.print_table(("", ""), list(rows.items()))
