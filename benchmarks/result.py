"""What a benchmark measured: rows of figures with the machine and the versions they hold for."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"

Cell = str | int | float | None


class BenchmarkError(Exception):
    """A benchmark cannot run here, or two sides that must agree differ; the message says what to do."""


@dataclass(frozen=True)
class Result:
    """Figures of one promise.

    Attributes:
        name: the benchmark's module.
        title: what is measured, a heading.
        promise: what must hold, one sentence.
        verdict: what the figures say of the promise, one sentence.
        columns: headings, in order.
        rows: one mapping per line of the table.
        notes: how it was measured and what the figures do not say.
        versions: packages that take part.
        measured_at: UTC date.
        machine: cores, processor, Python, load (processes that wanted a core).
        peak_mib: largest resident memory of the process while measuring.
    """

    name: str
    title: str
    promise: str
    verdict: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Cell], ...]
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    measured_at: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    machine: Mapping[str, Cell] = field(default_factory=lambda: machine())
    peak_mib: int = field(default_factory=lambda: peak_mib())

    def table(self) -> str:
        """Give the figures as a Markdown table, right under the title."""
        cells = [self.columns] + [tuple(_text(row.get(name)) for name in self.columns) for row in self.rows]
        widths = [max(len(line[k]) for line in cells) for k in range(len(self.columns))]
        lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells]
        lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
        return f"{self.title}\n\n" + "\n".join(lines) + f"\n\n{self.verdict}\n"

    def save(self, path: Path) -> None:
        """Write the result as JSON, stable so that differences can be read."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Result:
        """Read a result written by `save`."""
        told = json.loads(path.read_text(encoding="utf-8"))
        for name in ("columns", "rows", "notes"):
            told[name] = tuple(told[name])
        return cls(**told)


def best_seconds(work: Callable[[], object], rounds: int) -> float:
    """Run some work several times and give its shortest time: on a shared machine the rest is other people's load."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def versions(*packages: str) -> dict[str, str]:
    """Give the installed versions of the packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Cell]:
    """Describe the machine: usable cores, processor kind, Python, load of the last minute."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def peak_mib() -> int:
    """Give the largest resident memory of this process and of its ended children so far, MiB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) // 1024


def millions(count: int, seconds: float) -> float:
    """Give millions per second with three significant digits."""
    return float(f"{count / seconds / 1e6:.3g}")


def ratio(fast: float, slow: float) -> float:
    """Give how many times faster, with three significant digits."""
    return float(f"{fast / slow:.3g}")


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else value


def quote(options: Sequence[str]) -> str:
    """Give options as they were typed, for a note."""
    return " ".join(options) or "none"
