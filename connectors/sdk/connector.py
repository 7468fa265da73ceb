"""What the author of a source connector extends: one class, one method, one file."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from connectors.sdk import persons
from connectors.sdk.element import Decoded, Element, Payload, Row, number
from connectors.sdk.errors import BadSetting, Skip
from connectors.sdk.formats import Format, decompress
from connectors.sdk.secrets import secrets, text
from schemas.check import Violation
from schemas.city import CityProfile, SourceSettings
from schemas.contract import Label

if TYPE_CHECKING:
    from connectors.sdk.paging import Paging

HOME = Path(os.environ.get("VIGIE_HOME", Path(__file__).parents[2] / ".vigie"))
Offset = Mapping[str, Any]
"""How far a source has been read: a JSON object, by address, file name or whatever the author needs."""


@dataclass(frozen=True)
class Attribution:
    """Whom the data must be credited to, shown wherever figures made from it are shown."""

    publisher: str
    licence: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Request:
    """One HTTP GET a polling connector wants.

    Secrets go into ``headers`` or ``secret_parameters`` (added to the query when sending), never into ``url``:
    the url is stored with every record.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


class SourceConnector(ABC):
    """Turns one source's bytes into rows of a contract, purely: a recorded payload is a complete test.

    Loop, retries, offsets, serialisation, keys, validation, rejected records and topics belong to the platform.
    Extend ``FileConnector``, ``PollingConnector`` or ``SubscribingConnector``, declare the class attributes and
    write ``to_row``. A source that carries persons also declares ``keep``: all that may leave its payloads, see
    ``connectors.sdk.persons``.
    """

    contract: ClassVar[str]
    family: ClassVar[str]
    label: ClassVar[Label]
    attribution: ClassVar[Attribution]
    format: Format
    off_by_default: ClassVar[str] = ""
    """Why the law keeps the source off until a dated decision stands in the profile; empty for most sources."""
    transport: ClassVar[str] = ""
    """How the source usually comes, a module of ``connectors.sdk.transports``; a city's ``url`` may choose another."""
    unpacks: ClassVar[bool] = True
    """Whether an archive in a drop folder is read member by member; ``False`` where the archive is the payload."""
    keep: ClassVar[persons.Keep | None] = None
    home: Path = HOME

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Keep the city's settings of this source and its time zone. Opens nothing, fetches nothing."""
        self.source = source
        self.city = city
        self.zone = ZoneInfo(source.time_zone)

    @property
    def name(self) -> str:
        """The connector's name: its module's, its fixture folder's and its topics' suffix."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def contracts(self) -> tuple[str, ...]:
        """Every contract this connector emits rows of; an unreadable element counts under the first."""
        return (self.contract,)

    def split(self, payload: Payload) -> Iterator[Element]:
        """Cut a payload into elements, lazily and in order. Unreadable parts are elements with violations.

        Trap: override it only when ``format`` cannot say it, and then still give every part of the payload to
        exactly one element, or records are lost without a count.
        """
        if self.keep is None:
            return self.format.split(payload)
        return number(persons.reduced(self.format.decode(payload.content), self.keep, self.guard))

    @cached_property
    def guard(self) -> persons.Guard:
        """What reduces elements: the secret of this installation, kept in ``home``, and the source's settings."""
        return self.guard_with(persons.installation_key(self.home))

    def guard_with(self, key: bytes) -> persons.Guard:
        """The same under another secret."""
        return persons.Guard(persons.Pseudonyms(key), self.zone, self.source.settings)

    @abstractmethod
    def to_row(self, element: Element, payload: Payload) -> Row:
        """Map one element to one row of ``contract``.

        Pure and total: the same element gives the same row, nothing is fetched, filtered or raised. Pass a
        strange value on as it is and give ``None`` for a missing one; the contract decides. Fill only columns
        of origin ``source``.
        """

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """Map one element to rows of several contracts, one row each; override ``contracts`` with it."""
        yield self.contract, self.to_row(element, payload)

    def text(self, element: Element) -> str:
        """The element's original text as it is kept beside its row; ``reread`` must read it again."""
        return self.format.text(element) if self.keep is None else element.raw.decode()

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of an original kept in bronze, for replay; ``context`` as in ``Format.reread``."""
        if self.keep is None:
            return self.format.reread(text, context)
        return persons.reread(text, self.guard.pseudonyms)

    def context_of(self, text: str) -> str:
        """What an original kept in bronze says about its whole payload, as in ``Format.context_of``."""
        return self.format.context_of(text) if self.keep is None else ""

    def offset_after(self, payload: Payload) -> Offset:
        """What to remember once all records of the payload are acknowledged; merged into the offset."""
        return {payload.url: {"payload_id": payload.payload_id, **_validators(payload)}}


class FileConnector(SourceConnector):
    """Reads files: the recordings its source settings name, or what is dropped into the setting ``folder``."""

    transport: ClassVar[str] = "file"

    def files(self, since: Offset) -> Iterator[Payload]:
        """Payloads of the files not read yet, in the order of the settings; ``.gz`` is unpacked.

        A file whose content changed is read again whole: identifiers come from content, so nothing doubles.
        """
        yield from recordings_of(self, since)


class PollingConnector(SourceConnector):
    """Asks an HTTP source again and again; conditional requests, back-off and limits are the platform's."""

    transport: ClassVar[str] = "http"
    every: ClassVar[timedelta] = timedelta(minutes=1)
    paging: ClassVar[Paging | None] = None
    """How an answer in pages goes on, one of ``connectors.sdk.paging``; each request is then the first page."""

    def requests(self, since: Offset) -> Iterator[Request]:
        """Requests of one round; by default one GET of the setting ``url``, with ``headers`` and ``secret_parameters``.

        Consumed lazily: the next request is asked for after the records of the one before are handed over.
        """
        yield configured_request(self)


class SubscribingConnector(SourceConnector):
    """Listens to a source that pushes, through the transport that the scheme of the setting ``url`` names.

    Say the usual one as ``transport``: ``mqtt``, ``amqp``, ``mllp`` or ``kafka``.
    """

    def subscribe(self, since: Offset) -> Iterator[Payload]:
        """Payloads as they arrive, resuming after ``since``; override it only for a source no transport knows.

        Trap: the platform asks for the next payload only after the records of the last one are acknowledged or
        safely spooled, so acknowledge upstream when the generator is resumed, not before.
        """
        from connectors.sdk.transports import Reading, batches

        for batch in batches(Reading(self, since)):
            yield from (delivery.payload for delivery in batch if not delivery.is_known)


def recordings_of(connector: SourceConnector, since: Offset) -> Iterator[Payload]:
    """Payloads of the source's recordings not read yet, in the order of the settings; ``.gz`` is unpacked."""
    city = connector.city.city_id
    if not connector.source.recordings:
        raise BadSetting(
            f"source {connector.name} of city {city} names no file; list at least one under `recordings` in "
            f"cities/{city}/sources/{connector.name}.yaml, or set `folder` or `url` there and read the source itself "
            "(`--live`, setting `sources`)"
        )
    for path in connector.source.recordings:
        payload = read_payload(path)
        if since.get(payload.url, {}).get("payload_id") != payload.payload_id:
            yield payload


def configured_request(connector: SourceConnector) -> Request:
    """One GET of the setting ``url``, with the settings ``headers`` and ``secret_parameters``."""
    source = connector.source
    if not isinstance(source.settings.get("url"), str):
        raise BadSetting(
            f"source {connector.name} of city {connector.city.city_id} has no `url`; "
            f"add it under `settings` in cities/{connector.city.city_id}/sources/{connector.name}.yaml"
        )
    return Request(text(source, "url"), secrets(source, "headers"), secrets(source, "secret_parameters"))


def read_payload(path: Path) -> Payload:
    """Payload of one file, unpacked when its name ends in ``.gz``; its url is ``file:<name>``."""
    url = f"file:{path.name}"
    content = path.read_bytes()
    refusal = None
    if path.suffix == ".gz":
        try:
            content = decompress(content, url=url)
        except Skip as skip:
            refusal = Violation(rule=skip.rule, column="", value="", message=str(skip))
            content = skip.beginning
    return Payload(content, url, datetime.now(UTC), metadata={"recording": path.name}, refusal=refusal)


def _validators(payload: Payload) -> dict[str, str]:
    return {name: payload.metadata[name] for name in ("etag", "last_modified") if name in payload.metadata}
