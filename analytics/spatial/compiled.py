"""The one border between typed Python and the untyped numba compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a numeric function to machine code, once per machine and outside the interpreter lock.

    The machine code is kept beside the source (numba's `__pycache__`), so Spark workers load it rather than
    compile it. numba refreshes that cache when the file of the function changes, not when a compiled function
    it calls in another file does: functions that call each other live in one module.
    """
    decorate = numba.njit(cache=True, nogil=True, error_model="numpy")
    return cast(_Function, decorate(function))
