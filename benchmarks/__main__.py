"""Run benchmarks: `python -m benchmarks [name…] [-- options of the benchmark]`; without a name, all of them."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import benchmarks
from benchmarks.report import write_page
from benchmarks.result import RESULTS, BenchmarkError, Result


def names() -> tuple[str, ...]:
    """Give the benchmarks found: every module of the folder that has a `run`."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return tuple(name for name in found if _is_benchmark(name))


def main(arguments: list[str]) -> int:
    """Run the named benchmarks and print their tables; keep results of the standard options and write the page."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    chosen, options = arguments[:cut], arguments[cut + 1 :]
    unknown = [name for name in chosen if name not in names()]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}: expected some of {', '.join(names())}\n")
        return 2
    failed = 0
    for name in chosen or names():
        try:
            result: Result = importlib.import_module(f"benchmarks.{name}").run(options)
        except BenchmarkError as error:
            sys.stderr.write(f"{name}: {error}\n")
            failed += 1
            continue
        sys.stdout.write(result.table() + "\n")
        if not options:
            result.save(RESULTS / f"{name}.json")
            write_page()
    return 1 if failed else 0


def _is_benchmark(name: str) -> bool:
    source = Path(benchmarks.__path__[0]) / f"{name}.py"
    return source.is_file() and "\ndef run(" in source.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
