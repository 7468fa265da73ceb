"""Errors of dashboards.

SchemaError
└── DashboardError      a chart or dashboard file is wrong: correct it
CatalogueError          the lake lacks what the views need: run the jobs
SupersetError           Superset refused or failed: read its log
BrowserError            a page did not come to rest: look at the screen
"""

from __future__ import annotations

from schemas.errors import SchemaError


class DashboardError(SchemaError):
    """A chart or dashboard file is wrong; the remedy is always to correct that file."""


class CatalogueError(Exception):
    """The views over the lake cannot be made; the message names the table, the lake and the command to run."""


class SupersetError(Exception):
    """Superset refused a request or answered with an error; the message names the request and the answer."""


class BrowserError(Exception):
    """The page in the browser did not come to the state a reader needs; the message says what was waited for."""
