"""The only door from Superset to the lake: one read-only DuckDB instance per server process.

Superset's own switch against changes lets ``COPY … TO`` and file readers through, so the cursor given to SQLAlchemy
reads the parsed statement itself: SELECT on views of the catalogue, and nothing else, reaches DuckDB.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_delta
from duckdb_engine import ConnectionWrapper, CursorWrapper

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TABLE_FUNCTIONS = frozenset(
    {
        "unnest",
        "range",
        "generate_series",
        "duckdb_tables",
        "duckdb_views",
        "duckdb_columns",
        "duckdb_schemas",
        "duckdb_databases",
        "duckdb_indexes",
        "duckdb_types",
        "duckdb_constraints",
        "pragma_table_info",
    }
)
SCALAR_FUNCTIONS_REFUSED = frozenset({"query", "query_table", "getenv", "read_text", "read_blob", "getvariable"})

_lock = threading.Lock()
_instance: tuple[int, duckdb.DuckDBPyConnection] | None = None
_parser: tuple[int, duckdb.DuckDBPyConnection] | None = None


def refusal(statement: str) -> str | None:
    """Reason why a text must not run on the lake, or None when it is a SELECT over views of the catalogue."""
    try:
        parsed = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        return f"the statement cannot be parsed: {error}"
    for part in parsed:
        if part.type == duckdb.StatementType.TRANSACTION:
            continue
        if part.type != duckdb.StatementType.SELECT:
            return f"{part.type.name} is not allowed; the lake is read-only, write a SELECT"
        reason = _select_refusal(part.query)
        if reason:
            return reason
    return None


def _syntax_tree(query: str) -> dict[str, Any]:
    global _parser
    with _lock:
        # A DuckDB instance does not survive a fork.
        if _parser is None or _parser[0] != os.getpid():
            _parser = (os.getpid(), duckdb.connect(":memory:", config={"enable_external_access": "false"}))
        row = _parser[1].execute("SELECT json_serialize_sql(?)", [query]).fetchone()
    return json.loads(row[0]) if row else {"error": True, "error_message": "no answer of the parser."}


def _select_refusal(query: str) -> str | None:
    tree = _syntax_tree(query)
    if tree["error"]:
        return f"{tree['error_message']} Write a plain SELECT over the views of the catalogue"
    for node in _nodes(tree):
        kind = node.get("type")
        if kind == "TABLE_FUNCTION":
            name = str(node["function"]["function_name"]).lower()
            if name not in TABLE_FUNCTIONS:
                return f"the table function {name} is not allowed; select from the views of the catalogue"
        elif kind == "BASE_TABLE" and not IDENTIFIER.fullmatch(str(node["table_name"])):
            return f"{node['table_name']!r} is not a view of the catalogue; files cannot be read directly"
        elif kind == "FUNCTION" and str(node.get("function_name")).lower() in SCALAR_FUNCTIONS_REFUSED:
            return f"the function {node['function_name']} is not allowed"
    return None


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


class ReadOnlyCursor(CursorWrapper):
    """Cursor that refuses every text for which `refusal` gives a reason."""

    def execute(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        """Run one SELECT, or raise `duckdb.PermissionException` with the reason."""
        # The dialect itself sends these two words instead of SQL.
        reason = None if statement.lower() in ("commit", "register") else refusal(statement)
        if reason:
            raise duckdb.PermissionException(f"read-only: {reason}")
        super().execute(statement, parameters, context)

    def executemany(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        """Refuse: nothing is ever written through this door."""
        raise duckdb.PermissionException("read-only: executemany is not allowed; write a SELECT")


class ReadOnlyConnection(ConnectionWrapper):
    """Connection whose cursors are read-only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Wrap one DuckDB cursor of the process's instance."""
        super().__init__(connection)
        self._connection = connection

    def cursor(self) -> ReadOnlyCursor:
        """Cursor over the same DuckDB connection."""
        return ReadOnlyCursor(self._connection, self)


def delta_extension() -> Path:
    """File of the Delta extension installed beside DuckDB, so that nothing is downloaded."""
    folder = Path(duckdb_extension_delta.__file__).parent / "extensions"
    found = sorted(folder.glob("*/delta.duckdb_extension"))
    if not found:
        raise FileNotFoundError(f"no delta.duckdb_extension under {folder}; reinstall duckdb-extension-delta")
    return found[0]


def open_instance(catalogue: Path, lake_dirs: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """Open the catalogue read-only, able to read files under `lake_dirs` and nowhere else, settings locked."""
    connection = duckdb.connect(str(catalogue), read_only=True, config={"threads": 2, "memory_limit": "2GB"})
    connection.execute(f"LOAD '{delta_extension()}'")
    connection.execute("SET GLOBAL TimeZone='UTC'")
    allowed = ", ".join("'" + str(folder).replace("'", "''").rstrip("/") + "/'" for folder in lake_dirs)
    # DuckDB accepts the sandbox settings only after start, and in this order.
    connection.execute(f"SET allowed_directories=[{allowed}]")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


def creator(catalogue: Path, lake_dirs: Sequence[Path]) -> Callable[[], ReadOnlyConnection]:
    """Connection factory for SQLAlchemy: a cursor of the process's only instance, reopened after a fork."""

    def make() -> ReadOnlyConnection:
        global _instance
        with _lock:
            if _instance is None or _instance[0] != os.getpid():
                _instance = (os.getpid(), open_instance(catalogue, lake_dirs))
            return ReadOnlyConnection(_instance[1].cursor())

    return make
