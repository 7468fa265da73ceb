"""What a script learns from the end of a command is documented and kept."""

from __future__ import annotations

import importlib
import re

import pytest

import vigie.errors
from vigie import failure
from vigie.failure import ExitCode, describe
from vigie.settings import ROOT


def test_every_exit_code_is_documented_and_nothing_else() -> None:
    page = (ROOT / "docs" / "operator" / "exit-codes.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+?) \|", page, re.MULTILINE)
    assert {int(code): name for code, name in rows} == {
        int(code): code.name.lower().replace("_", " ") for code in ExitCode
    }


def test_every_error_of_the_application_has_a_documented_code() -> None:
    found = [each for each in vars(vigie.errors).values() if isinstance(each, type)]
    assert {ExitCode(each.exit_code) for each in found} <= set(ExitCode)


@pytest.mark.parametrize("name", sorted(failure._BY_CLASS))
def test_every_error_named_in_the_table_exists(name: str) -> None:
    module, _, qualified = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), qualified), Exception)


def test_error_of_a_part_gets_the_code_of_its_family() -> None:
    from connectors.sdk.errors import BrokerUnavailable, SourceRefused, SpoolDamaged
    from jobs.sdk.errors import GateFailedError, TableLockedError
    from schemas.errors import CityError

    told = {
        type(each).__name__: describe(each).code
        for each in (
            BrokerUnavailable("x"), SourceRefused("x"), SpoolDamaged("x"), GateFailedError("x"), TableLockedError("x"),
            CityError("x"),
        )
    }  # fmt: skip
    assert told == {
        "BrokerUnavailable": ExitCode.BUSY,
        "SourceRefused": ExitCode.CONFIGURATION,
        "SpoolDamaged": ExitCode.STOP_AND_LOOK,
        "GateFailedError": ExitCode.GATE_FAILED,
        "TableLockedError": ExitCode.BUSY,
        "CityError": ExitCode.CONFIGURATION,
    }


def test_unforeseen_error_says_how_to_see_where_it_comes_from() -> None:
    told = describe(ZeroDivisionError("division by zero\nsecond line"))
    assert told.code is ExitCode.FAILURE
    assert "ZeroDivisionError: division by zero" in told.message
    assert "--debug" in told.message
    assert "\n" not in told.message
