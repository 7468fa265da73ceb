"""How a chart is drawn: one module per kind, found by being there.

A kind module offers ``VIZ_TYPE`` (Superset's name), ``render(view) -> dict`` (Superset's form data) and
``query(view) -> dict`` (the question that the browser asks for it).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

from dashboards.view import View


class Kind(Protocol):
    """What a kind module offers."""

    VIZ_TYPE: str

    def render(self, view: View) -> dict[str, Any]:
        """Superset's form data for the chart."""

    def query(self, view: View) -> dict[str, Any]:
        """The query object that a browser sends for the chart."""


def kind(name: str) -> Kind:
    """The module of that kind."""
    return cast(Kind, import_module(f"dashboards.kinds.{name}"))
