"""Look at one table of a city's lake, or list them all."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vigie.options import CityOption, JsonOption


def run(
    name: Annotated[str | None, typer.Argument(help="Table, such as `gold.source_health`.", metavar="[TABLE]")] = None,
    rows: Annotated[int, typer.Option("--rows", "-n", min=0, help="How many rows to show.")] = 5,
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a table means, how many rows it has, and the first of them; without TABLE, list the tables.

    Examples:

        vigie show

        vigie show silver.incident_report

        vigie show gold.zone_indicator_day -n 20 --json
    """
    from vigie import lake, mark, screen, settings

    loaded = settings.load(city)
    root = loaded.lake(loaded.city)
    mark.tell_of(root)
    if name is None:
        listing = _listing(root)
        if as_json:
            heads = ("table", "rows", "label_fr", "label_en")
            screen.print_json([dict(zip(heads, row, strict=True)) for row in listing])
        else:
            screen.print_table(("table", "rows", "libellé", "label"), listing, title=f"Tables of {loaded.city}")
        return
    _check_exists(root, name)
    count = lake.query(root, f"select count(*) from {name}").rows[0][0]
    first = lake.query(root, f"select * from {name} limit {rows}")
    description = _describe(name)
    if as_json:
        screen.print_json({**description, "row_count": count, "rows": first.as_json()})
        return
    out = screen.console()
    out.print(f"[bold]{name}[/bold]: {count} rows. {description.get('grain_en', '')}".rstrip())
    columns = ("column", "type", "unit", "libellé", "label")
    screen.print_table(columns, [[each[key] or "" for key in columns] for each in description["columns"]])
    # A wide row is read downwards.
    for number, row in enumerate(first.rows, start=1):
        pairs = [(column, value) for column, value in zip(first.columns, row, strict=True) if value is not None]
        screen.print_table(("column", "value"), pairs, title=f"Row {number}")


def _listing(root: str) -> list[list[Any]]:
    from vigie import lake

    names = lake.tables(root)
    union = " union all ".join(f"select '{name}' as name, count(*) as n from {name}" for name in names)
    counts = dict(lake.query(root, union).rows)
    return [[name, counts[name], *_labels(name)] for name in names]


def _labels(name: str) -> tuple[str, str]:
    from schemas.contract import load, names

    if name not in names():
        return ("", "")
    label = load(name).label
    return (label.fr, label.en)


def _check_exists(root: str, name: str) -> None:
    from vigie import lake
    from vigie.errors import WrongUse

    known = lake.tables(root)
    if name not in known:
        raise WrongUse(f"no table {name} in {root}; there are: {', '.join(known)}")


def _describe(name: str) -> dict[str, Any]:
    """What the contract says, for a table that has one."""
    from schemas.contract import load, names

    if name not in names():
        return {"table": name, "columns": []}
    contract = load(name)
    return {
        "table": name,
        "label_fr": contract.label.fr,
        "label_en": contract.label.en,
        "grain_fr": contract.grain.fr,
        "grain_en": contract.grain.en,
        "key": list(contract.key),
        "columns": [
            {
                "column": column.name,
                "type": column.type.value,
                "unit": column.unit,
                "libellé": column.label.fr,
                "label": column.label.en,
            }
            for column in contract.columns
        ],
    }
