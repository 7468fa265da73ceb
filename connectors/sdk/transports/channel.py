"""The loop of all transports with a standing connection: take what waits, wait until it is safe, acknowledge."""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

from connectors.sdk.element import MAX_DEAD_LETTER_BYTES, Payload
from connectors.sdk.errors import SourceBusy, SourceUnavailable
from connectors.sdk.transports.reading import Batch, Delivery, Reading
from schemas.check import Violation

MAX_BATCH = 500
MAX_BATCH_BYTES = 16 * 1024 * 1024
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_STEP_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 60.0


class Channel(ABC):
    """An open connection to a source that pushes.

    Any method may raise ``SourceUnavailable`` when the connection is lost; the channel is then closed and another one
    opened.
    """

    @abstractmethod
    def receive(self, seconds: float) -> Delivery | None:
        """The next message, waiting at most so long; ``None`` when none came."""

    @abstractmethod
    def acknowledge(self, batch: Batch) -> None:
        """Tell the source that these messages are safe here, in the order they were received."""

    @abstractmethod
    def close(self) -> None:
        """Let go; what is not acknowledged stays with the source. Never raises."""


def pushed(reading: Reading, open_channel: Callable[[Reading], Channel]) -> Iterator[Batch]:
    """Batches as they arrive, until nothing more waits for ``idle_seconds`` or ``reading.stop`` is set.

    A lost connection is opened again after growing pauses; ``attempts`` failures in a row are raised.
    """
    attempts = reading.options.count("attempts", 4, high=1000)
    first_pause = reading.options.number("retry_seconds", 1.0, low=0.01, high=3600)
    failures = 0
    while not reading.stop.is_set():
        try:
            with closing(open_channel(reading)) as channel:
                for batch in _received(reading, channel):
                    failures = 0
                    yield batch
                return
        except (SourceUnavailable, SourceBusy):
            failures += 1
            if failures >= attempts:
                raise
        longest = min(_LONGEST_PAUSE_SECONDS, first_pause * 2.0 ** (failures - 1))
        reading.stop.wait(random.uniform(longest / 2, longest))


def _received(reading: Reading, channel: Channel) -> Iterator[Batch]:
    idle_seconds = reading.options.number("idle_seconds", 2.0, low=0.0, high=86_400)
    deadline = time.monotonic() + idle_seconds
    while not reading.stop.is_set():
        left = deadline - time.monotonic()
        first = channel.receive(_STEP_SECONDS if reading.is_endless else max(0.0, min(_STEP_SECONDS, left)))
        if first is None:
            if not reading.is_endless and time.monotonic() >= deadline:
                return
            continue
        batch = _with_what_waits(channel, first)
        yield batch
        channel.acknowledge(batch)
        deadline = time.monotonic() + idle_seconds


def _with_what_waits(channel: Channel, first: Delivery) -> Batch:
    batch = [first]
    size = len(first.payload.content)
    while len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES:
        more = channel.receive(0.0)
        if more is None:
            break
        batch.append(more)
        size += len(more.payload.content)
    return batch


def message(
    content: bytes,
    url: str,
    metadata: dict[str, str],
    *,
    max_bytes: int,
    content_type: str | None = None,
    refusal: Violation | None = None,
) -> Payload:
    """Payload of one message; one over the limit is refused and only its beginning kept."""
    if len(content) > max_bytes:
        refusal = too_large(url, max_bytes)
    if refusal is not None:
        content = content[: MAX_DEAD_LETTER_BYTES + 1]
    return Payload(content, url, datetime.now(UTC), content_type, metadata, refusal)


def too_large(url: str, max_bytes: int) -> Violation:
    """What is wrong with a message over the limit."""
    return Violation(
        rule="too_large",
        column="",
        value="",
        message=f"a message of {url} has more than {max_bytes} bytes; let the sender cut it, or raise `max_bytes`",
    )
