"""A job is a pure function from tables to one table; this module finds the jobs and puts them in order."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from pyspark.sql import DataFrame

from jobs.sdk.errors import ConfigurationError
from jobs.sdk.filled import filled_by_bronze
from schemas.city import CityProfile
from schemas.isolation import is_isolated

CITY = "city"
FACTS = "facts"
LAST = "last_"
"""Prefix of a parameter that is a table as it was last published, not as this run makes it."""


class _Reader(Protocol):
    def read(self, name: str) -> DataFrame: ...

    def exists(self, name: str) -> bool: ...

    def published(self, name: str) -> DataFrame: ...


@dataclass(frozen=True)
class Job:
    """One gold table and the function that makes it.

    Attributes:
        output: the table the function returns, e.g. `gold.zone_indicator_day`.
        function: pure; its parameter names are its input tables (`silver_incident_report`), `city` is the profile,
            `facts` maps the name of every table that bronze has filled to its frame, and `last_gold_incident` is a
            table as it was last published.
        inputs: names of the input tables in the order of the parameters.
        last: names of the tables read as they were last published.
    """

    output: str
    function: Callable[..., DataFrame]
    inputs: tuple[str, ...]
    last: tuple[str, ...] = ()

    def __call__(self, *arguments: object, **named: object) -> DataFrame:
        """Call the function itself, as its tests do."""
        return self.function(*arguments, **named)

    def run(self, lake: _Reader, city: CityProfile) -> DataFrame:
        """Read the inputs from the lake and return the frame of the output table; nothing is written."""
        arguments: dict[str, object] = {name.replace(".", "_", 1): lake.read(name) for name in self.inputs}
        arguments |= {LAST + name.replace(".", "_", 1): lake.published(name) for name in self.last}
        parameters = inspect.signature(self.function).parameters
        if CITY in parameters:
            arguments[CITY] = city
        if FACTS in parameters:
            names = (contract.name for contract in filled_by_bronze())
            arguments[FACTS] = {name: lake.read(name) for name in names if lake.exists(name)}
        return self.function(**arguments)


def job(*, output: str) -> Callable[[Callable[..., DataFrame]], Job]:
    """Declare a function as the maker of the table `output`.

    The parameter names are the input tables: `silver_incident_report` reads `silver.incident_report`. The function
    reads nothing else, writes nothing and keeps no state: reading, writing and locking belong to the platform.

    Raises:
        ConfigurationError: the function names a table of the isolated class.
    """

    def declare(function: Callable[..., DataFrame]) -> Job:
        parameters = inspect.signature(function).parameters
        tables = [name for name in parameters if name not in (CITY, FACTS)]
        inputs = tuple(name.replace("_", ".", 1) for name in tables if not name.startswith(LAST))
        last = tuple(name.removeprefix(LAST).replace("_", ".", 1) for name in tables if name.startswith(LAST))
        if any(map(is_isolated, (output, *inputs, *last))):
            raise ConfigurationError(
                f"job {output} reads {', '.join(inputs)}: no job may join the isolated class (decree 2023-828). "
                "Remove it."
            )
        return Job(output, function, inputs, last)

    return declare


def discover(package: str = "jobs.gold") -> Mapping[str, Job]:
    """Find every job by its module being in `package`; return them by output table.

    Raises:
        ConfigurationError: two modules make the same table.
    """
    found: dict[str, Job] = {}
    parent = importlib.import_module(package)
    for module_info in sorted(pkgutil.iter_modules(parent.__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{package}.{module_info.name}")
        for value in vars(module).values():
            if not isinstance(value, Job) or value.function.__module__ != module.__name__:
                continue
            if value.output in found:
                raise ConfigurationError(
                    f"{module.__name__} and {found[value.output].function.__module__} both make {value.output}: "
                    "one table has one maker. Remove one of them."
                )
            found[value.output] = value
    return found


def in_order(jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Return the jobs so that each comes after the makers of its inputs.

    Raises:
        ConfigurationError: the jobs read each other in a circle.
    """
    by_output = {one.output: one for one in jobs}
    sorter = TopologicalSorter({name: set(one.inputs) & by_output.keys() for name, one in sorted(by_output.items())})
    try:
        return tuple(by_output[name] for name in sorter.static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise ConfigurationError(f"jobs read each other in a circle: {circle}. Break it.") from error
