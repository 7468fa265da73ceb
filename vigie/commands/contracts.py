"""Look at the contracts: what every table means and what is asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vigie.options import JsonOption

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Look at the contracts: what every table means and what is asked of it."""


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List every table's contract with its version, access class and meaning."""
    from schemas.contract import load_all
    from vigie import screen

    columns = ("table", "version", "access", "columns", "libellé", "label")
    rows = [[c.name, c.version, str(c.access), len(c.columns), c.label.fr, c.label.en] for c in load_all()]
    if as_json:
        screen.print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        screen.print_table(columns, rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Table, such as `silver.incident_report`.", metavar="TABLE")],
    as_json: JsonOption = False,
) -> None:
    """Show one contract: its columns with units, rules, codes and meanings, its metrics with their formulas.

    Example:

        vigie contracts show gold.zone_indicator_day
    """
    from schemas.codes import load_codes
    from schemas.contract import load
    from vigie import screen

    contract = load(name)
    columns: list[list[Any]] = [
        [
            column.name,
            column.type.value,
            column.unit or "",
            "yes" if column.required else "",
            column.origin,
            ", ".join(rule.code for rule in column.rules),
            column.label.fr,
            column.label.en,
            ", ".join(load_codes(column.codes).values) if column.codes else "",
            column.description.en.strip(),
        ]
        for column in contract.columns
    ]
    heads = ("column", "type", "unit", "required", "origin", "rules", "libellé", "label", "codes", "meaning")
    metrics = [[each.name, each.expression, each.format, each.label.fr, each.label.en] for each in contract.metrics]
    metric_heads = ("metric", "formula", "format", "libellé", "label")
    if as_json:
        screen.print_json(
            {
                "table": contract.name,
                "version": contract.version,
                "key": list(contract.key),
                "write": str(contract.write),
                "access": str(contract.access),
                "retention_days": contract.retention_days,
                "description_fr": contract.description.fr,
                "description_en": contract.description.en,
                "columns": [dict(zip(heads, row, strict=True)) for row in columns],
                "metrics": [dict(zip(metric_heads, row, strict=True)) for row in metrics],
            }
        )
        return
    out = screen.console()
    out.print(f"[bold]{contract.name}[/bold] version {contract.version}, {contract.write}, access {contract.access}")
    out.print(contract.description.en)
    out.print(f"One row: {contract.grain.en.rstrip('.')}. Key: {', '.join(contract.key) or 'none'}.")
    screen.print_table(heads, columns, title="Columns")
    if metrics:
        screen.print_table(metric_heads, metrics, title="Metrics")


@app.command()
def check(
    against: Annotated[
        Path | None, typer.Option("--against", help="Folder of earlier contracts: tell what would break readers.")
    ] = None,
) -> None:
    """Load every contract, field, code list, city and simulation profile; a fault is told with its file and line.

    Example:

        vigie contracts check
    """
    from schemas.city import cities, load_city
    from schemas.contract import names
    from schemas.simulation import load_simulation, simulated_cities
    from vigie.errors import ConfigurationError

    checked = 0
    for name in names():
        checked += len(_load(name).columns)
    for city in cities():
        load_city(city)
    for city in simulated_cities():
        load_simulation(city)
    if against is not None:
        broken = _breaks(against)
        if broken:
            raise ConfigurationError("; ".join(broken) + ". Give the contract a new version, or keep what readers use")
    print(f"{len(names())} contracts with {checked} columns and {len(cities())} cities are in order")


def _load(name: str) -> Any:
    from schemas.contract import load

    return load(name)


def _breaks(against: Path) -> list[str]:
    """What the contracts at hand would break for readers of those in another folder."""
    from schemas.compat import breaking_changes
    from schemas.contract import names
    from schemas.reader import read_contract

    broken: list[str] = []
    for name in names():
        layer, _, table = name.partition(".")
        earlier = against / layer / f"{table}.yaml"
        if earlier.exists():
            broken += breaking_changes(read_contract(earlier), _load(name))
    return broken
