"""Play a city's sources through their connectors to the broker: the recorded feeds, or the living sources."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
    from connectors.sdk.sink import BrokerSettings, KafkaSink

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
    """The sources of a city that have something to tell: all of them live, otherwise those with a recording.

    A folder of this installation, which our own commands write, is read in either case. Sources that the law keeps off,
    or that are switched off, are left out.
    """
    from connectors.sdk.authorisation import is_authorised

    now = datetime.now(UTC)
    return tuple(
        one
        for one in connectors_of(city)
        if (is_live or one.source.recordings or is_written_here(one)) and is_authorised(one, now)
    )


def is_written_here(connector: SourceConnector) -> bool:
    """Whether our own commands write what the source tells, as `vigie incident` does."""
    from connectors.sdk.transports.file import is_own_folder

    return is_own_folder(connector.source)


def allowed(city: str, names: Sequence[str], *, is_live: bool) -> tuple[SourceConnector, ...]:
    """The connectors named, none of which the law may keep off; all that are playable when none is named."""
    from connectors.sdk.authorisation import require_authorisation

    if not names:
        return playable(city, is_live=is_live)
    connectors = connectors_of(city, names)
    for connector in connectors:
        require_authorisation(connector, datetime.now(UTC))
    return connectors


def _ensure_topics(broker: BrokerSettings, connectors: Sequence[SourceConnector]) -> None:
    """The topics of the connectors, each under the prefix of its class."""
    from connectors.sdk.envelope import prefix_of
    from connectors.sdk.sink import ensure_topics

    by_prefix: dict[str, list[str]] = {}
    for connector in connectors:
        by_prefix.setdefault(prefix_of(connector.contracts), []).append(connector.name)
    for prefix, mine in by_prefix.items():
        ensure_topics(broker, mine, prefix=prefix)


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
        is_live: read the sources themselves, those that push until nothing more waits; otherwise their recordings are
            played, those of polled sources over real HTTP.
        progress: called with a source and the rows read from it so far.

    Raises:
        Busy: records wait in the spool because the broker did not take them, or a source of several does not answer.
        ConfigurationError: a source of several needs a setting; the others were read and given.
        NotAuthorised: a source that was named is kept off by the law, or switched off.
    """
    from connectors.sdk.errors import ConnectorError, FixConfiguration, Retry
    from connectors.sdk.offsets import OffsetStore
    from connectors.sdk.sink import BrokerSettings, KafkaSink

    connectors = allowed(city, names, is_live=is_live)
    broker = BrokerSettings(bootstrap)
    _ensure_topics(broker, connectors)
    folder = state_dir(settings, city)
    offsets = OffsetStore(folder / "offsets")
    failed: dict[str, ConnectorError] = {}
    for connector in connectors:
        name = connector.name
        connector.home = settings.home
        with KafkaSink(broker, folder / "spool" / name) as sink:
            told = _teller(name, progress)
            try:
                report = _run_one(connector, sink, offsets, is_live=is_live, progress=told)
            except (FixConfiguration, Retry) as error:
                if len(connectors) == 1:
                    raise
                failed[name] = error  # the other sources are read all the same
                continue
            waiting = sink.drain(30.0) if sink.waiting else 0
        if waiting:
            raise Busy(
                f"{waiting} records of {name} wait in {folder / 'spool' / name} because the broker at {bootstrap} "
                "does not take them; nothing is lost, the next run sends them first"
            )
        yield report
    if failed:
        reasons = "; ".join(f"{name}: {error}" for name, error in failed.items())
        message = f"{len(failed)} of {len(connectors)} sources could not be read, the others were. {reasons}"
        needs_person = any(isinstance(error, FixConfiguration) for error in failed.values())
        raise ConfigurationError(message) if needs_person else Busy(message)


def follow(
    settings: Settings,
    city: str,
    bootstrap: str,
    names: Sequence[str],
    stop: threading.Event,
    tell: Callable[[str], None],
) -> None:
    """Read living sources without end, each in a thread of its own, until `stop` is set.

    Args:
        settings: where offsets and the spool lie.
        city: whose sources.
        bootstrap: the broker.
        names: connectors to read; when empty all of the city that are playable.
        stop: ends it; what was taken in is made safe and acknowledged first.
        tell: called with a line for a person: what came in, or why a source is waited for.

    Raises:
        ConnectorError: some source could not go on without a person. It was told at once, and the others went on until
            they were stopped.
    """
    from connectors.sdk.errors import ConnectorError
    from connectors.sdk.offsets import OffsetStore
    from connectors.sdk.runner import run_until
    from connectors.sdk.sink import BrokerSettings, KafkaSink

    connectors = [_living(connector) for connector in allowed(city, names, is_live=True)]
    for connector in connectors:
        connector.home = settings.home
    broker = BrokerSettings(bootstrap)
    _ensure_topics(broker, connectors)
    folder = state_dir(settings, city)

    failed: list[ConnectorError] = []

    def forever(connector: SourceConnector) -> None:
        name = connector.name

        def told(report: RunReport) -> None:
            if report.read:
                tell(f"{name}: {report.accepted} rows accepted, {report.rejected} refused")
            for note in report.notes:
                tell(f"{name}: {note}")

        try:
            with KafkaSink(broker, folder / "spool" / name) as sink:
                run_until(
                    stop,
                    connector,
                    sink,
                    OffsetStore(folder / "offsets"),
                    on_report=told,
                    on_retry=lambda error: tell(f"{name}: {error}"),
                )
        except ConnectorError as error:  # one source that needs a person must not silence the others
            tell(f"{name} has stopped, the others go on: {error}")
            failed.append(error)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(max_workers=max(1, len(connectors)), thread_name_prefix="vigie-source") as pool:
        for source in [pool.submit(forever, connector) for connector in connectors]:
            source.result()
    if failed:
        stop.set()
        raise failed[0]


def replay(settings: Settings, city: str, bootstrap: str, name: str, *, progress: Progress | None = None) -> RunReport:
    """Map the originals that bronze keeps of one source again and publish them; unchanged rows are duplicates.

    Raises:
        ConfigurationError: the city has no such source, or no bronze yet.
        Busy: the broker does not take the records.
    """
    from connectors.sdk.replay import replay as map_again
    from connectors.sdk.sink import BrokerSettings, KafkaSink

    (connector,) = allowed(city, [name], is_live=False)
    connector.home = settings.home
    broker = BrokerSettings(bootstrap)
    _ensure_topics(broker, [connector])
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
    from connectors.sdk.playback import play
    from connectors.sdk.runner import run_once

    if is_live or is_written_here(connector):
        return run_once(_living(connector), sink, offsets, progress=progress)
    return play(connector, sink, offsets, progress=progress)


def _living(connector: SourceConnector) -> SourceConnector:
    """The connector of the source itself: recordings stand for it only while it has no address or folder."""
    source = connector.source
    if not source.settings.keys() & {"url", "folder"}:
        return connector
    living = type(connector)(replace(source, recordings=()), connector.city)
    living.home = connector.home
    return living
