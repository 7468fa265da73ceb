"""A real MQTT server on this machine: mosquitto on a free loopback port, for anybody who is logged in here."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from vigie.local.ports import free_ports, is_listening
from vigie.local.process import Child, start, wait_until
from vigie.local.programs import program

PACKAGE = "mosquitto"
PROGRAM = (PACKAGE, "/usr/sbin/mosquitto")
_START_SECONDS = 60.0


def start_mosquitto(folder: Path) -> tuple[Child, int]:
    """Start a server that keeps every message until it is read; give it and its port.

    Raises:
        MissingPart: it is not installed.
        ChildFailed: it did not become ready.
    """
    command = program(*PROGRAM)
    folder.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false", "max_queued_messages 0"]
    if os.geteuid() == 0:
        lines.insert(0, "user root")
    configuration = folder / "mosquitto.conf"
    configuration.write_text("\n".join(lines) + "\n")
    child = start("mosquitto", [command, "-c", configuration], log_path=folder / "mosquitto.log")
    wait_until(partial(is_listening, port), child, seconds=_START_SECONDS)
    return child, port
