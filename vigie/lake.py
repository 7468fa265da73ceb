"""Ask a city's lake in SQL: DuckDB over the Delta tables in place, offline, read only, and nothing but the lake.

Every table that exists is a view named as its contract: `silver.incident_report`, except those of the isolated class,
which lie in a store of their own and would not be shown if they lay here. Only queries are accepted, and no
file outside the lake can be read, whatever function a query calls.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.isolation import is_isolated
from vigie.errors import ConfigurationError, MissingPart, VigieError

if TYPE_CHECKING:
    import duckdb

_MEMORY_LIMIT = "2GB"
_FETCH_ROWS = 2_000


class QueryError(VigieError):
    """The SQL is wrong, or asks for what a query may not do."""

    exit_code = 2


@dataclass(frozen=True)
class Result:
    """Columns and rows of an answer; instants are aware and in UTC."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def as_json(self) -> list[dict[str, Any]]:
        """One object per row; dates and instants in ISO 8601, instants ending in Z, bytes in base64."""
        return [dict(zip(self.columns, map(json_value, row), strict=True)) for row in self.rows]


def tables(lake: str) -> tuple[str, ...]:
    """Names of the Delta tables that exist in a lake, sorted: `layer.table`.

    Raises:
        ConfigurationError: the lake is not on this machine's disks, or there is none yet.
    """
    if "://" in lake and not lake.startswith("file://"):
        raise ConfigurationError(f"lake {lake}: queries from the command line read lakes on a local or mounted disk")
    root = Path(lake.removeprefix("file://"))
    found = sorted(log.parent for log in root.glob("*/*/_delta_log") if not is_isolated(f"{log.parts[-3]}.x"))
    if not found:
        raise ConfigurationError(f"no table in {root}; `make demo CITY={root.name}` or `vigie run all` makes them")
    return tuple(f"{path.parent.name}.{path.name}" for path in found)


@contextmanager
def open_lake(lake: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A sandboxed connection in which every table of the lake is a view named as its contract."""
    import duckdb

    names = tables(lake)
    root = str(Path(lake.removeprefix("file://")).resolve())
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": _MEMORY_LIMIT,
        }
    )
    try:
        connection.execute(f"LOAD {_quoted(str(_delta_extension()))}")
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # Views bind their table when they are made, so the tables are reached before the door is closed.
        for name in names:
            layer, table = name.split(".")
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
            source = _quoted(f"{root}/{layer}/{table}")
            connection.execute(f'CREATE VIEW "{layer}"."{table}" AS SELECT * FROM delta_scan({source})')
        connection.execute(f"SET allowed_directories = [{_quoted(root + '/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def query(lake: str, sql: str, *, limit: int | None = None) -> Result:
    """The answer to one query over a city's lake.

    Args:
        lake: folder of the city's lake.
        sql: one SELECT (or SHOW, DESCRIBE, EXPLAIN) statement.
        limit: most rows fetched; None: all.

    Raises:
        QueryError: wrong SQL, several statements, or a statement that is not a query.
        ConfigurationError: there is no lake there.
    """
    import duckdb

    with open_lake(lake) as connection:
        try:
            _refuse_all_but_queries(connection, sql)
            cursor = connection.execute(sql)
            rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
        except duckdb.PermissionException as error:
            raise QueryError(f"refused, a query reads the lake only: {_line(error)}") from None
        except duckdb.Error as error:
            known = ", ".join(tables(lake))
            raise QueryError(f"{_line(error)} (tables of this lake: {known})") from None
        columns = tuple(each[0] for each in cursor.description or ())
    return Result(columns, tuple(tuple(map(_in_utc, row)) for row in rows))


def stream(lake: str, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query of ours, in order and without holding them all."""
    with open_lake(lake) as connection:
        cursor = connection.execute(sql, list(parameters))
        while rows := cursor.fetchmany(_FETCH_ROWS):
            for row in rows:
                yield tuple(map(_in_utc, row))


def _refuse_all_but_queries(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    import duckdb

    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"{len(statements)} statements found, expected one query")
    allowed = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
    kind = statements[0].type
    if kind not in allowed:
        raise QueryError(f"{kind.name} refused: the lake is written by jobs only, expected a query (SELECT …)")


def _delta_extension() -> Path:
    spec = util.find_spec("duckdb_extension_delta")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [path for folder in folders for path in Path(folder).glob("extensions/*/delta.duckdb_extension")]
    if not found:
        raise MissingPart("DuckDB's delta extension is not installed; run `make setup`")
    return found[0]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def json_value(value: Any) -> Any:
    """One value as JSON can hold it; what is not a number (NaN, infinity) becomes null."""
    match value:
        case datetime():
            text = value.isoformat(timespec="microseconds" if value.microsecond else "seconds")
            return text.replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case dict():
            return {str(key): json_value(each) for key, each in value.items()}
        case list() | tuple():
            return [json_value(each) for each in value]
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)
