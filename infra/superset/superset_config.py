"""Settings of the Superset that shows the observatory; every value of the place comes from the environment.

``SUPERSET_SECRET_KEY`` signs sessions, ``SUPERSET_HOME`` holds the metadata database, ``VIGIE_CATALOGUE`` is the DuckDB
file of views, ``VIGIE_LAKE_DIRS`` the lake folders it may read (separated like ``PATH``).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

_HOME = Path(os.environ["SUPERSET_HOME"]).resolve()

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
GUEST_TOKEN_JWT_SECRET = hashlib.sha256(b"guest:" + SECRET_KEY.encode()).hexdigest()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_HOME}/superset.db?check_same_thread=false"
SUPERSET_WEBSERVER_ADDRESS = "127.0.0.1"

APP_NAME = "Vigie"
LANGUAGES = {"fr": {"flag": "fr", "name": "Français"}, "en": {"flag": "gb", "name": "English"}}
BABEL_DEFAULT_LOCALE = "fr"
D3_FORMAT = {"decimal": ",", "thousands": "\u202f", "grouping": [3], "percent": "\u202f%", "currency": ["", "\u00a0€"]}
_DAYS = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"]
_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_SHORT_MONTHS = [
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
]
D3_TIME_FORMAT = {
    "dateTime": "%A %e %B %Y à %X",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "periods": ["AM", "PM"],
    "days": _DAYS,
    "shortDays": [day[:3] + "." for day in _DAYS],
    "months": _MONTHS,
    "shortMonths": _SHORT_MONTHS,
}

FAB_ADD_SECURITY_API = True
FAB_API_SWAGGER_UI = False
PUBLIC_ROLE_LIKE = None
FEATURE_FLAGS = {"RLS_IN_SQLLAB": True}
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []
ALLOW_FULL_CSV_EXPORT = False
HTML_SANITIZATION = True
CONTENT_SECURITY_POLICY_WARNING = False
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "frame-ancestors": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True

ROW_LIMIT = 50_000
SQL_MAX_ROW = 50_000
NATIVE_FILTER_DEFAULT_ROW_LIMIT = 10_000
DISALLOWED_SQL_FUNCTIONS = {
    "duckdb": {
        "delta_scan",
        "read_parquet",
        "parquet_scan",
        "read_text",
        "read_blob",
        "read_csv",
        "read_csv_auto",
        "sniff_csv",
        "read_json",
        "read_json_auto",
        "read_ndjson",
        "glob",
        "duckdb_settings",
        "duckdb_secrets",
        "getenv",
        "query",
        "query_table",
        "parquet_metadata",
        "parquet_schema",
    }
}


def DB_CONNECTION_MUTATOR(
    uri: Any, params: dict[str, Any], username: str | None, security_manager: Any, source: Any
) -> tuple[Any, dict[str, Any]]:
    """Give every DuckDB connection the sandboxed instance of `lake_db`, whatever address the asset carries."""
    if uri.get_backend_name() == "duckdb":
        import lake_db

        folders = [Path(part).resolve() for part in os.environ["VIGIE_LAKE_DIRS"].split(os.pathsep) if part]
        params.pop("connect_args", None)
        params["creator"] = lake_db.creator(Path(os.environ["VIGIE_CATALOGUE"]).resolve(), folders)
    return uri, params
