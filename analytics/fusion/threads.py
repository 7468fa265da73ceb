"""Work shared out to this process's cores: compiled code and numpy let go of the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

One = TypeVar("One")
Other = TypeVar("Other")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def together(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Do two things at the same time where there are two cores; what is done does not depend on it."""
    if cores() == 1:
        return one(), other()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(other)
        first = one()
        return first, second.result()
