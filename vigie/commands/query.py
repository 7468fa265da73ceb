"""Ask a city's lake in SQL."""

from __future__ import annotations

from typing import Annotated

import typer

from vigie.options import CityOption, JsonOption


def run(
    sql: Annotated[str, typer.Argument(help="One query; tables are named as their contracts.", metavar="SQL")],
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a city's lake in SQL (DuckDB's dialect), read only.

    Tables are named as their contracts: `silver.incident_report`, `gold.zone_indicator_day`. `vigie show` lists them.

    Examples:

        vigie query "select theme_code, sum(incident_count) from gold.zone_indicator_day group by all"

        vigie query --json "select count(*) as reports from silver.incident_report"

        vigie query --city lancashire "from gold.source_health"
    """
    from vigie import lake, mark, screen, settings

    loaded = settings.load(city)
    result = lake.query(loaded.lake(loaded.city), sql)
    mark.tell_of(loaded.lake(loaded.city))
    if as_json:
        screen.print_json(result.as_json())
    else:
        screen.print_table(result.columns, result.rows)
