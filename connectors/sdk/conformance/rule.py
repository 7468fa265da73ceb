"""A conformance rule: one obligation of a connector, with a code, checked on a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.sdk.conformance.subject import Subject

Check = Callable[[Subject], Iterator[str]]
RULES: dict[str, ConformanceRule] = {}


@dataclass(frozen=True)
class ConformanceRule:
    """One obligation: its code, what must hold, and the check that yields a message per breach."""

    code: str
    obligation: str
    check: Check


def rule(check: Check) -> Check:
    """Register a check as the rule of its own name; the first line of its docstring is the obligation."""
    RULES[check.__name__] = ConformanceRule(check.__name__, (check.__doc__ or "").splitlines()[0], check)
    return check
