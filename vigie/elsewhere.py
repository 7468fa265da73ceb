"""A living source read, for one run, at another place than its profile names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.sdk.accounting import RunReport
    from connectors.sdk.connector import SourceConnector
    from connectors.sdk.offsets import OffsetStore
    from connectors.sdk.sink import KafkaSink


@dataclass(frozen=True)
class Elsewhere:
    """The other place.

    Attributes:
        settings: put over those of the profile; None takes one away.
        refill: called after each reading; as long as it is true, the source has more to tell and is read again.
    """

    settings: Mapping[str, object]
    refill: Callable[[], bool] = lambda: False


def moved(connector: SourceConnector, place: Elsewhere) -> SourceConnector:
    """The same source at the other place."""
    settings = {**connector.source.settings, **place.settings}
    kept = {name: value for name, value in settings.items() if value is not None}
    made = type(connector)(replace(connector.source, settings=kept), connector.city)
    made.home = connector.home
    return made


def read(
    living: SourceConnector,
    place: Elsewhere,
    sink: KafkaSink,
    offsets: OffsetStore,
    progress: Callable[[int], None] | None,
) -> RunReport:
    """Read it until it has no more to tell."""
    from connectors.sdk.runner import run_once

    report = run_once(living, sink, offsets, progress=progress)
    while place.refill():
        before = report.read
        step = (lambda read, before=before: progress(before + read)) if progress else None
        report.add(run_once(living, sink, offsets, progress=step))
    return report
