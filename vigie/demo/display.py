"""What the operator sees meanwhile: a line with a rate per step that moves in a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


class _Rate(ProgressColumn):
    """Rows so far, and rows per second."""

    def render(self, task: Task) -> Text:
        rows = int(task.completed)
        if not rows:
            return Text("")
        seconds = task.finished_time if task.finished else task.elapsed
        rate = f"{rows / seconds:,.0f} rows/s" if seconds else ""
        return Text(f"{rows:,} rows  {rate}".replace(",", " "), style="green")


@dataclass
class Step:
    """One step under way: tell it how many rows are done."""

    _display: Display
    _task: TaskID | None
    rows: int = 0

    def tell(self, rows: int) -> None:
        """So many rows are done."""
        self.rows = rows
        if self._task is not None:
            self._display.progress.update(self._task, completed=rows)


class Display:
    """The steps of one run, some of them at the same time."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            _Rate(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._started = time.monotonic()
        self._printing = threading.Lock()

    def __enter__(self) -> Self:
        """Show it."""
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it as it stands."""
        self.progress.stop()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """One step from its start to its end; a failure leaves it unfinished."""
        if not self.console.is_terminal:
            yield from self._plain(name)
            return
        task = self.progress.add_task(name, total=None)
        step = Step(self, task)
        yield step
        self.progress.update(task, total=max(step.rows, 1), completed=max(step.rows, 1) if step.rows else 1)
        if not step.rows:
            self.progress.update(task, completed=0, total=0)

    def each(self, name: str) -> Callable[[str, int], None]:
        """A callback for something that tells of several tables: one step per table, made when it is first told of."""
        steps: dict[str, Step] = {}
        lock = threading.Lock()

        def tell(part: str, rows: int) -> None:
            with lock:
                if part not in steps:
                    is_drawn = self.console.is_terminal
                    task = self.progress.add_task(f"  {name} {part}", total=None) if is_drawn else None
                    steps[part] = Step(self, task)
                steps[part].tell(rows)

        return tell

    def _plain(self, name: str) -> Iterator[Step]:
        started = time.monotonic()
        step = Step(self, None)
        yield step
        seconds = time.monotonic() - started
        rate = f"{step.rows:,} rows, {step.rows / max(seconds, 1e-9):,.0f} rows/s".replace(",", " ")
        rows = f": {rate}" if step.rows else ""
        with self._printing:
            at = time.monotonic() - self._started
            self.console.print(f"{at:6.1f} s  {name}{rows} ({seconds:.1f} s)", highlight=False, soft_wrap=True)
