"""One benchmark as a command of its own: `python -m benchmarks.<name> [options] [--json]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

from benchmarks.result import BenchmarkError, Result


def main(run: Callable[[Sequence[str]], Result], arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark with its own options and print its table, or the whole result as JSON; nothing is kept."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        result = run([option for option in given if option != "--json"])
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(result), ensure_ascii=False, indent=1) + "\n" if as_json else result.table())
    return 0
