"""Fuse the reports of a file into incidents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.options import JsonOption


def run(
    source: Annotated[Path, typer.Argument(help="Parquet with columns of silver.incident_report.", metavar="REPORTS")],
    target: Annotated[Path, typer.Argument(help="Parquet to write: the reports with their incidents.", metavar="OUT")],
    as_json: JsonOption = False,
) -> None:
    """Fuse the reports of a file into incidents, without a broker, a lake or Spark.

    Reports of several sources that tell of one event get one `incident_id`. What agreement is worth is learned from the
    reports themselves. Beside OUT lie the links with their reasons in words, and the learned weights.

    Example:

        vigie fuse reports.parquet incidents.parquet
    """
    import dataclasses

    from vigie import screen
    from vigie.fusion import fuse_file

    out = screen.console()
    with out.status("reading") as status:
        done = fuse_file(source, target, lambda line: status.update(line))
    told = {name: str(value) if isinstance(value, Path) else value for name, value in dataclasses.asdict(done).items()}
    if as_json:
        screen.print_json(told)
    else:
        screen.print_table(("", ""), list(told.items()))
