"""Tell invented days into real transports, message by message."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer


def run(
    first: Annotated[str, typer.Option("--from", help="First local day, such as 2026-05-01.", metavar="DAY")],
    last: Annotated[str, typer.Option("--to", help="Last local day, included.", metavar="DAY")],
    send: Annotated[
        list[str], typer.Option("--send", help="Connector and where its messages go: NAME=URL.", metavar="NAME=URL")
    ],
    speed: Annotated[float, typer.Option("--speed", min=0, help="Simulated seconds in one; 0 for no wait.")] = 60.0,
    city: Annotated[str, typer.Option("--city", help="City with a simulation profile.")] = "marseille",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another city; the same, the same.")] = 1,
) -> None:
    """Tell invented days into real transports, in order and at a chosen speed, until they end or Ctrl-C.

    Transports: `amqp://host/vhost?queue=…`, `file:///folder`, `http://127.0.0.1:port/` (listens there),
    `mllp://host:port`, `mqtt://host:port/topic`.

    Example:

        vigie simulate-live --from 2026-05-01 --to 2026-05-01 --speed 600 --send hl7v2_adt=mllp://127.0.0.1:2575
    """
    from schemas.simulation import load_simulation
    from simulator.city import City
    from simulator.live import ordered, play
    from simulator.send import Address, BadAddress, sender
    from simulator.wire import writers
    from vigie.commands.simulate import day_range
    from vigie.errors import ConfigurationError

    days = day_range(first, last)
    known, made = writers(), City.of(load_simulation(city), seed)
    senders: dict[str, Any] = {}
    try:
        for told in send:
            name, _, url = told.partition("=")
            writer = _writer(name, url, known)
            most = getattr(writer, "MOST_MESSAGES", None)
            senders[name] = sender(Address(url, partial(writer.packed, made), writer.SUFFIX, most))
        chosen = {name: known[name] for name in senders}
        count = play(ordered(made, *days, chosen), senders, speed or float("inf"), threading.Event(), _told)
    except BadAddress as error:
        raise ConfigurationError(f"--send: {error}") from None
    finally:
        for one in senders.values():
            one.close()
    print(f"{count} simulated messages sent")


def _writer(name: str, url: str, known: dict[str, Any]) -> Any:
    from vigie.errors import ConfigurationError

    if not url or name not in known:
        raise ConfigurationError(f"--send {name}: expected NAME=URL with a name of {', '.join(known)}")
    return known[name]


def _told(at: int, sent: int) -> None:
    """Say to whoever watches what time it is in the city."""
    if sent % 100 == 0 and sys.stderr.isatty():
        sys.stderr.write(f"\r{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC, {sent} messages")
        sys.stderr.flush()
