"""Wait for the operator, or for a part that ends by itself."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from vigie.local.process import Child, ChildFailed

_POLL_SECONDS = 0.5


@contextmanager
def terminable() -> Iterator[None]:
    """Within it a polite request to end (SIGTERM, a closed terminal) unwinds like Ctrl-C, so everything is stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    # Started in the background of a script, Python finds SIGINT ignored.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Within it SIGTERM and Ctrl-C only set `stop`, so that what is being written is finished first."""

    def set_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def until_interrupted(children: Sequence[Child]) -> None:
    """Return at Ctrl-C.

    Raises:
        ChildFailed: one of the parts ended by itself.
    """
    try:
        while True:
            for child in children:
                if not child.is_running:
                    raise ChildFailed(f"{child.name} ended by itself; the end of {child.log_path}:\n{child.log_tail()}")
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return
