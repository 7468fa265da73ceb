"""What a transport is given to read one source, and what it gives: deliveries, in batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from connectors.sdk.connector import Offset, SourceConnector
from connectors.sdk.element import Payload
from connectors.sdk.http import HttpPoller
from connectors.sdk.transports.options import Options


@dataclass
class Delivery:
    """One payload on its way.

    Attributes:
        payload: what came.
        offset: what to remember once its records are safe; nothing where the server itself remembers.
        token: what the transport needs to acknowledge it.
        is_known: its content was read before; only its offset counts.
        refusal: why none of its rows was accepted, filled in by the platform before the acknowledgement.
    """

    payload: Payload
    offset: Offset = field(default_factory=dict)
    token: Any = field(default=None, repr=False)
    is_known: bool = False
    refusal: str = ""


Batch = list[Delivery]
"""What was waiting at once; its records are made safe, and acknowledged to the source, together."""


@dataclass(frozen=True)
class Reading:
    """One reading of one source.

    Attributes:
        connector: the source.
        since: how far it has been read.
        poller: the HTTP side.
        stop: set when reading must end; what was delivered before is still acknowledged.
        is_recorded: read the source's recordings as files instead of the source itself.
        is_endless: go on after nothing more is waiting, until ``stop`` is set.
        tell: called with what a person should know though nothing failed (a file that was left out).
    """

    connector: SourceConnector
    since: Offset = field(default_factory=dict)
    poller: HttpPoller = field(default_factory=HttpPoller)
    stop: threading.Event = field(default_factory=threading.Event)
    is_recorded: bool = False
    is_endless: bool = False
    tell: Callable[[str], object] = field(default=lambda message: None)

    @cached_property
    def options(self) -> Options:
        """The source's settings, typed."""
        return Options(self.connector.source)

    @property
    def client_name(self) -> str:
        """The name this source's reader has at a server, the same at every start so that messages wait for it."""
        return self.options.text("client_id", f"vigie-{self.connector.city.city_id}-{self.connector.name}")

    def remembered(self, payload: Payload) -> Offset:
        """What the connector's author wants remembered, without the entry per address that would grow for ever."""
        after: Mapping[str, Any] = self.connector.offset_after(payload)
        return {name: value for name, value in after.items() if name != payload.url}
