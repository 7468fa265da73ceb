"""Finds connectors by their being there: each public module of ``connectors/`` holds exactly one."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from functools import cache

import connectors as package
from connectors.sdk.connector import SourceConnector
from connectors.sdk.errors import BadSetting, UnknownConnector


@cache
def names() -> tuple[str, ...]:
    """Names of all connectors, sorted: the public modules of ``connectors/`` that are not packages."""
    modules = pkgutil.iter_modules(package.__path__)
    return tuple(sorted(module.name for module in modules if not module.ispkg and not module.name.startswith("_")))


def load(name: str) -> type[SourceConnector]:
    """The connector class of one module.

    Raises:
        UnknownConnector: no such module; the message proposes the nearest names.
        BadSetting: the module defines no connector, or several.
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=3) or names()
        raise UnknownConnector(
            f"no connector is called {name!r}: connectors/{name}.py does not exist. "
            f"Did you mean {', '.join(near)}? Make a new one with `vigie connectors new {name}`."
        )
    return connector_in(f"{package.__name__}.{name}")


def connector_in(module_name: str) -> type[SourceConnector]:
    """The one concrete connector class that a module defines itself."""
    module = importlib.import_module(module_name)
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type)
        and issubclass(item, SourceConnector)
        and item.__module__ == module_name
        and not inspect.isabstract(item)
    ]
    if len(found) != 1:
        raise BadSetting(
            f"{module_name} defines {len(found)} connectors ({', '.join(item.__name__ for item in found)}); "
            "expected exactly one, extending FileConnector, PollingConnector or SubscribingConnector"
        )
    return found[0]


def connectors() -> dict[str, type[SourceConnector]]:
    """Every connector by name."""
    return {name: load(name) for name in names()}


def contracts_of(connector: type[SourceConnector]) -> tuple[str, ...]:
    """Every contract a connector class emits, main one first, without settings to make an instance from."""
    return object.__new__(connector).contracts
