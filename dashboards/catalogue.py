"""The catalogue: a DuckDB file of views that lets Superset read the gold tables of one or more cities in place.

Schema ``gold`` holds one view per gold contract with every label in both languages, and beside it the same rows as one
language presents them, under the same name with ``_fr`` or ``_en``. The file holds no data: a new version of a Delta
table is seen at the next query.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import duckdb_extension_delta

from dashboards.dataset import (
    INCIDENT,
    RING,
    TRUTH,
    Dataset,
    code_labels,
    datasets,
    followed,
    has_label,
    has_text,
    is_language_pair,
    label_name,
    text_name,
)
from dashboards.errors import CatalogueError
from schemas.city import load_city
from schemas.contract import Column, ColumnType, TableContract, load
from schemas.label import LANGUAGES, Label
from schemas.simulated import is_simulated, marked

SQL_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    ColumnType.DATE: "DATE",
    ColumnType.BINARY: "BLOB",
    ColumnType.INTEGER_LIST: "BIGINT[]",
}

CLOCKS = {"fr": "%d/%m/%Y %H:%M", "en": "%Y-%m-%d %H:%M"}
PERCENT_SIGNS = {"fr": "\u202f%", "en": "%"}


@dataclass(frozen=True)
class CityLake:
    """A city's lake: where its Delta tables lie, how the city is called, and which clock its readers use."""

    city_id: str
    lake_root: Path
    label: Label
    time_zone: str

    @property
    def is_simulated(self) -> bool:
        """Whether the lake says of itself that it was invented."""
        return is_simulated(self.lake_root)

    @property
    def shown(self) -> Label:
        """The city's name as readers see it: a simulated city never looks like the real one."""
        return marked(self.label) if self.is_simulated else self.label


def city_lake(city_id: str, lake_root: Path) -> CityLake:
    """The lake of a city whose profile is known, with name and time zone of the profile."""
    profile = load_city(city_id)
    return CityLake(city_id, lake_root.resolve(), profile.label, profile.time_zone)


def one_nature(cities: Sequence[CityLake]) -> bool:
    """Whether the lakes are simulated.

    Raises:
        CatalogueError: some are and some are not; a reader could not tell their figures apart.
    """
    simulated = [city.city_id for city in cities if city.is_simulated]
    if simulated and len(simulated) < len(cities):
        real = ", ".join(city.city_id for city in cities if not city.is_simulated)
        raise CatalogueError(
            f"simulated lakes ({', '.join(simulated)}) and real ones ({real}) in one catalogue; show them apart"
        )
    return bool(simulated)


def build_catalogue(path: Path, cities: Sequence[CityLake]) -> dict[str, tuple[str, ...]]:
    """Write the catalogue file in one step, so that a running server sees the old one or the new one.

    Args:
        path: the DuckDB file to make or replace.
        cities: lakes to unite; a city without a table simply brings no rows to it.

    Returns:
        For each gold table, the cities whose lake has it.

    Raises:
        CatalogueError: no city has any gold table, a table lacks a column of its contract, or simulated and real lakes
            are to be united.
    """
    one_nature(cities)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        with duckdb.connect(str(draft)) as connection:
            connection.execute(f"LOAD '{delta_extension()}'")
            connection.execute("SET TimeZone='UTC'")
            found = _create_views(connection, cities)
        draft.replace(path)
    return found


def delta_extension() -> Path:
    """File of the Delta extension installed beside DuckDB, so that nothing is downloaded."""
    folder = Path(duckdb_extension_delta.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    extension = folder / "delta.duckdb_extension"
    if not extension.exists():
        raise CatalogueError(f"no {extension}; install duckdb-extension-delta=={duckdb.__version__}")
    return extension


def _create_views(connection: duckdb.DuckDBPyConnection, cities: Sequence[CityLake]) -> dict[str, tuple[str, ...]]:
    present = {
        name: tuple(city for city in cities if _table(city, load(name)).joinpath("_delta_log").is_dir())
        for name in ["reference.zone_part", *(f"gold.{d.contract.table}" for d in datasets().values())]
    }
    if not any(holders for name, holders in present.items() if name.startswith("gold.")):
        lakes = ", ".join(str(city.lake_root) for city in cities) or "no lake at all"
        raise CatalogueError(f"no gold table in {lakes}; run `vigie run gold` for the city first")
    for schema in ("gold", "reference"):
        connection.execute(f"CREATE SCHEMA {schema}")
    for name, holders in present.items():
        contract = load(name)
        _create(connection, f"{contract.layer}.{contract.table}_rows", _union(contract, holders), holders)
    _create(connection, "gold.source_name", _source_names(), cities)
    for dataset in datasets().values():
        _create(connection, f"gold.{dataset.name}", _labelled(dataset, cities), cities)
        for language in LANGUAGES:
            body = f"SELECT {', '.join(_chosen(dataset, language))} FROM gold.{dataset.name}"
            _create(connection, f"gold.{dataset.view(language)}", body, cities)
    return {
        name.removeprefix("gold."): tuple(city.city_id for city in holders)
        for name, holders in present.items()
        if name.startswith("gold.")
    }


def _create(connection: duckdb.DuckDBPyConnection, name: str, body: str, cities: Sequence[CityLake]) -> None:
    try:
        connection.execute(f"CREATE VIEW {name} AS {body}")
    except duckdb.Error as error:
        lakes = ", ".join(str(city.lake_root) for city in cities)
        raise CatalogueError(
            f"the view {name} over {lakes} cannot be made: {error}; the tables must have the columns of their "
            "contracts, so run `vigie run gold` again with this version"
        ) from error


def _table(city: CityLake, contract: TableContract) -> Path:
    return city.lake_root / contract.layer / contract.table


def _union(contract: TableContract, holders: Sequence[CityLake]) -> str:
    columns = [column for column in contract.columns if column.type is not ColumnType.BINARY]
    if not holders:
        empty = ", ".join(f"CAST(NULL AS {_shown_type(column)}) AS {column.name}" for column in columns)
        return f"SELECT {empty} WHERE false"
    parts = []
    for city in holders:
        chosen = ", ".join(_read(column, city) for column in columns)
        parts.append(f"SELECT {chosen} FROM delta_scan({_text(str(_table(city, contract)))})")
    return " UNION ALL BY NAME ".join(parts)


def _shown_type(column: Column) -> str:
    return "TIMESTAMP" if column.type is ColumnType.TIMESTAMP else SQL_TYPES[column.type]


def _read(column: Column, city: CityLake) -> str:
    if column.type is ColumnType.TIMESTAMP:
        # Superset knows no time zone of its own for a dataset: readers get their city's wall clock.
        return f"{column.name} AT TIME ZONE {_text(city.time_zone)} AS {column.name}"
    return f"CAST({column.name} AS {SQL_TYPES[column.type]}) AS {column.name}"


def _source_names() -> str:
    labels = ", ".join(f"any_value(source_label_{language}) AS source_label_{language}" for language in LANGUAGES)
    return f"SELECT source_id, {labels} FROM gold.source_health_rows GROUP BY source_id"


def _labelled(dataset: Dataset, cities: Sequence[CityLake]) -> str:
    contract = dataset.contract
    taken_over = followed(contract)
    expressions = [text for column in contract.columns for text in _expressions(contract, column, cities, "row")]
    expressions += [text for column in taken_over for text in _expressions(contract, column, cities, "incident")]
    body = f"FROM gold.{contract.table}_rows AS row"
    if taken_over:
        body += f" LEFT JOIN {INCIDENT}_rows AS incident"
        body += " ON incident.incident_id = row.incident_id AND incident.city_id = row.city_id"
    if any(column.name == "source_id" and has_label(contract, column) for column in contract.columns):
        body += " LEFT JOIN gold.source_name AS source USING (source_id)"
    if dataset.is_map:
        expressions.append(f"part.{RING}")
        body += " JOIN reference.zone_part_rows AS part ON part.zone_id = row.zone_id AND part.city_id = row.city_id"
    return f"SELECT {', '.join(expressions)} {body}"


def _expressions(contract: TableContract, column: Column, cities: Sequence[CityLake], table: str) -> Iterator[str]:
    if column.type is ColumnType.BINARY:
        return
    if column.type is ColumnType.INTEGER_LIST:
        explode = contract.explode
        if explode is not None and explode.column == column.name:
            padding = f"list_resize(CAST([] AS BIGINT[]), row.{explode.pad_with})" if explode.pad_with else None
            values = f"list_concat(row.{column.name}, {padding})" if padding else f"row.{column.name}"
            yield f"unnest({values}) AS {explode.alias}"
        return
    yield f"{table}.{column.name}"
    if has_text(contract, column):
        for language in LANGUAGES:
            yield f"{_in_words(column, table, language)} AS {text_name(column.name)}_{language}"
    if not has_label(contract, column):
        return
    for language in LANGUAGES:
        readable = f"{label_name(column.name)}_{language}"
        if column.name == "source_id":
            yield f"coalesce(source.{readable}, {table}.source_id) AS {readable}"
        elif column.name == "city_id":
            names = {city.city_id: city.shown.in_language(language) for city in cities}
            yield f"{case_of(f'{table}.city_id', names)} AS {readable}"
        elif column.name == "zone_name":
            # Facts without a place or outside every zone are kept under a code in place of a zone.
            names = code_labels("zone_pseudo", language)
            yield f"{case_of(f'{table}.zone_id', names, otherwise=f'{table}.zone_name')} AS {readable}"
        elif column.type is ColumnType.BOOLEAN:
            words = {value: label.in_language(language) for value, label in TRUTH.items()}
            yield f"{case_of(f'{table}.{column.name}', words)} AS {readable}"
        elif column.codes is not None:
            yield f"{case_of(f'{table}.{column.name}', code_labels(column.codes, language))} AS {readable}"


def _in_words(column: Column, table: str, language: str) -> str:
    if column.type is ColumnType.TIMESTAMP:
        return f"strftime({table}.{column.name}, '{CLOCKS[language]}')"
    return f"round(100 * {table}.{column.name})::INTEGER || '{PERCENT_SIGNS[language]}'"


def _chosen(dataset: Dataset, language: str) -> Iterator[str]:
    contract = dataset.contract
    for column in dataset.columns:
        paired = f"{column.name}_{language}"
        if is_language_pair(contract, paired) or column.name != column.source:
            yield f"{paired} AS {column.name}"
        else:
            yield column.name


def case_of(expression: str, labels: Mapping[str, str], otherwise: str | None = None) -> str:
    """SQL that turns a code into its label; an unknown code gives `otherwise`, or stays as it is."""
    branches = " ".join(f"WHEN {_text(code)} THEN {_text(label)}" for code, label in labels.items())
    text = f"CAST({expression} AS VARCHAR)"
    return f"CASE {text} {branches} ELSE {otherwise or text} END" if branches else otherwise or text


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
