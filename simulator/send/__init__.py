"""Senders: a simulated message into a real transport; one module per scheme of addresses, found by being there.

A module holds ``Sender``, made of an `Address`. User and password come from ``VIGIE_SIMULATOR_USER`` and
``VIGIE_SIMULATOR_PASSWORD``, never from an address: command lines and logs are read by others.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

USER, PASSWORD = "VIGIE_SIMULATOR_USER", "VIGIE_SIMULATOR_PASSWORD"


class BadAddress(Exception):
    """An address that no sender can use; the message says what was expected."""


@dataclass(frozen=True)
class Address:
    """Where to send: parts of ``scheme://host:port/path?queue=…``.

    Attributes:
        packed: makes one file of some messages, for transports that carry files.
        suffix: how such a file's name ends.
        most: most messages of a file.
    """

    url: str
    packed: Callable[[Sequence[bytes]], bytes]
    suffix: str
    most: int | None = None

    @property
    def host(self) -> str:
        """Name or number of the machine."""
        return urlsplit(self.url).hostname or "127.0.0.1"

    def port(self, otherwise: int) -> int:
        """The port, or the usual one."""
        return urlsplit(self.url).port or otherwise

    @property
    def path(self) -> str:
        """What follows the first slash."""
        return unquote(urlsplit(self.url).path.removeprefix("/"))

    def option(self, name: str) -> str:
        """A named option.

        Raises:
            BadAddress: it is missing.
        """
        found = parse_qs(urlsplit(self.url).query).get(name)
        if not found:
            raise BadAddress(f"address {self.url} names no `{name}`; write it behind the path: ?{name}=…")
        return found[0]

    @property
    def user(self) -> str | None:
        """The user's name, from the environment."""
        return os.environ.get(USER)

    @property
    def password(self) -> str | None:
        """The user's password, from the environment."""
        return os.environ.get(PASSWORD)


class Sender(Protocol):
    """One open connection."""

    def send(self, content: bytes) -> None:
        """Bring one message; return when it has arrived."""

    def close(self) -> None:
        """End the connection."""


def schemes() -> tuple[str, ...]:
    """Name the schemes there are senders for."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


def sender(address: Address) -> Sender:
    """Open the sender of an address.

    Raises:
        BadAddress: no sender knows its scheme, or it holds a user or password.
        OSError: nobody answers there.
    """
    parts = urlsplit(address.url)
    if parts.scheme not in schemes():
        raise BadAddress(f"address {parts.scheme or address.url}://…: expected one of {', '.join(schemes())}")
    if parts.username or parts.password:
        raise BadAddress(f"address {parts.scheme}://{parts.hostname}: holds a user; put it into {USER} and {PASSWORD}")
    made: Sender = importlib.import_module(f"{__name__}.{parts.scheme}").Sender(address)
    return made
