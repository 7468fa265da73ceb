"""Play a city's sources through their connectors to the broker: the recorded feeds, or the living sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.errors import Busy, ConfigurationError
from vigie.settings import Settings

if TYPE_CHECKING:
    from connectors.sdk.accounting import RunReport
    from connectors.sdk.connector import SourceConnector
    from connectors.sdk.offsets import OffsetStore
    from connectors.sdk.replay import Original
    from connectors.sdk.sink import KafkaSink

Progress = Callable[[str, int], None]
_TELL_EVERY = 1_000
_ORIGINALS = """
select raw, payload_id, element_index, payload_url, collected_at
from bronze.record where source_id = ? order by collected_at, payload_id, element_index
"""


def state_dir(settings: Settings, city: str) -> Path:
    """Folder of what connectors remember of a city: offsets, and what waits for the broker."""
    return settings.home / "sources" / city


def connectors_of(city: str, names: Sequence[str] = ()) -> tuple[SourceConnector, ...]:
    """The connectors of a city's sources, ready to run; all of them unless some are named.

    Raises:
        ConfigurationError: a name is not one of the city's sources.
    """
    from connectors.sdk.registry import load
    from schemas.city import load_city

    profile = load_city(city)
    known = {source.connector: source for source in profile.sources}
    unknown = sorted(set(names) - known.keys())
    if unknown:
        raise ConfigurationError(
            f"city {city} has no source {', '.join(unknown)}; its sources: {', '.join(known) or 'none'}. "
            f"A source is added in cities/{city}/"
        )
    return tuple(load(name)(known[name], profile) for name in (names or known))


def playable(city: str, *, is_live: bool) -> tuple[SourceConnector, ...]:
    """The sources of a city that have something to tell: all of them live, those with a recording otherwise.

    Sources that the law keeps off, or that are switched off, are left out.
    """
    from connectors.sdk.authorisation import is_authorised

    now = datetime.now(UTC)
    return tuple(
        one for one in connectors_of(city) if (is_live or one.source.recordings) and is_authorised(one, now)
    )


def run(
    settings: Settings,
    city: str,
    bootstrap: str,
    names: Sequence[str] = (),
    *,
    is_live: bool = False,
    progress: Progress | None = None,
) -> Iterator[RunReport]:
    """Read each source once, one after the other, and give what was read; topics are made where missing.

    Args:
        settings: where offsets and the spool lie.
        city: whose sources.
        bootstrap: the broker.
        names: connectors to run; when empty all of the city that are playable.
        is_live: ask the sources themselves; otherwise polled sources are played from their recordings over real HTTP.
        progress: called with a source and the rows read from it so far.

    Raises:
        Busy: records wait in the spool because the broker did not take them.
        NotAuthorised: a source that was named is kept off by the law, or switched off.
    """
    from connectors.sdk.authorisation import require_authorisation
    from connectors.sdk.envelope import prefix_of
    from connectors.sdk.offsets import OffsetStore
    from connectors.sdk.sink import BrokerSettings, KafkaSink, ensure_topics

    connectors = connectors_of(city, names) if names else playable(city, is_live=is_live)
    for connector in connectors:
        require_authorisation(connector, datetime.now(UTC))
    broker = BrokerSettings(bootstrap)
    for prefix in sorted({prefix_of(connector.contracts) for connector in connectors}):
        mine = [connector.name for connector in connectors if prefix_of(connector.contracts) == prefix]
        ensure_topics(broker, mine, prefix=prefix)
    folder = state_dir(settings, city)
    offsets = OffsetStore(folder / "offsets")
    for connector in connectors:
        name = connector.name
        with KafkaSink(broker, folder / "spool" / name) as sink:
            told = _teller(name, progress)
            report = _run_one(connector, sink, offsets, is_live=is_live, progress=told)
            waiting = sink.drain(30.0) if sink.waiting else 0
        if waiting:
            raise Busy(
                f"{waiting} records of {name} wait in {folder / 'spool' / name} because the broker at {bootstrap} "
                "does not take them; nothing is lost, the next run sends them first"
            )
        yield report


def replay(settings: Settings, city: str, bootstrap: str, name: str, *, progress: Progress | None = None) -> RunReport:
    """Map the originals that bronze keeps of one source again and publish them; unchanged rows are duplicates.

    Raises:
        ConfigurationError: the city has no such source, or no bronze yet.
        Busy: the broker does not take the records.
    """
    from connectors.sdk.authorisation import require_authorisation
    from connectors.sdk.envelope import prefix_of
    from connectors.sdk.replay import replay as map_again
    from connectors.sdk.sink import BrokerSettings, KafkaSink, ensure_topics

    (connector,) = connectors_of(city, [name])
    require_authorisation(connector, datetime.now(UTC))
    prefix = prefix_of(connector.contracts)
    broker = BrokerSettings(bootstrap)
    ensure_topics(broker, [name], prefix=prefix)
    with KafkaSink(broker, state_dir(settings, city) / "spool" / name) as sink:
        report = map_again(connector, _originals(settings.lake(city), connector, progress), sink)
        if sink.waiting and sink.drain(30.0):
            raise Busy(f"{sink.waiting} records of {name} wait for the broker; the next run sends them first")
    return report


def _originals(lake_root: str, connector: SourceConnector, progress: Progress | None) -> Iterator[Original]:
    from connectors.sdk.replay import Original
    from vigie import lake

    if "bronze.record" not in lake.tables(lake_root):
        raise ConfigurationError(f"no bronze.record in {lake_root}; `vigie run ingest` makes it")
    rows = lake.stream(lake_root, _ORIGINALS, [connector.source.source_id])
    for count, row in enumerate(rows, start=1):
        if progress is not None and count % _TELL_EVERY == 0:
            progress(connector.name, count)
        yield Original(*row)


def _teller(name: str, progress: Progress | None) -> Callable[[int], None] | None:
    if progress is None:
        return None

    def tell(read: int) -> None:
        progress(name, read)

    return tell


def _run_one(
    connector: SourceConnector,
    sink: KafkaSink,
    offsets: OffsetStore,
    *,
    is_live: bool,
    progress: Callable[[int], None] | None,
) -> RunReport:
    from connectors.sdk.connector import PollingConnector
    from connectors.sdk.playback import play
    from connectors.sdk.runner import run_once

    if isinstance(connector, PollingConnector) and not is_live:
        return play(connector, sink, offsets, progress=progress)
    return run_once(connector, sink, offsets, progress=progress)
