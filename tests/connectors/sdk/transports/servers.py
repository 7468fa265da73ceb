"""Real message servers for tests: own processes, own data folders, free loopback ports, nothing left behind."""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vigie.local import rabbitmq
from vigie.local.ports import free_ports, is_listening
from vigie.local.process import Child, start, wait_until
from vigie.local.programs import find

USER, PASSWORD = "vigie-reader", "planted-9f3c1e-secret"
_REMEDY = "infra/servers.sh installs it (make servers)"
_START_SECONDS = 60.0


def program(name: str, *places: str) -> str:
    """The path of a server's program; a test without it fails with the remedy and is never skipped."""
    found = find(name, *places)
    assert found, f"{name} is not installed; {_REMEDY}"
    return found


@dataclass
class Mosquitto:
    """An MQTT server with three listeners: for anybody, for `USER` with `PASSWORD`, and with TLS."""

    folder: Path
    port: int = 0
    login_port: int = 0
    tls_port: int = 0
    certificate: tuple[Path, Path] | None = None
    child: Child | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.login_port, self.tls_port = free_ports(3)
        passwords, rights = self.folder / "passwords", self.folder / "rights"
        tool = program("mosquitto_passwd", "/usr/bin/mosquitto_passwd")
        subprocess.run([tool, "-b", "-c", passwords, USER, PASSWORD], check=True, capture_output=True)
        rights.write_text(f"user {USER}\ntopic readwrite allowed/#\n")
        lines = [
            "per_listener_settings true",
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            *self._persistence(),
            f"listener {self.login_port} 127.0.0.1",
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {rights}",
        ]
        if self.certificate is not None:
            lines += [
                f"listener {self.tls_port} 127.0.0.1",
                "allow_anonymous true",
                f"certfile {self.certificate[0]}",
                f"keyfile {self.certificate[1]}",
            ]
        if os.geteuid() == 0:
            lines.insert(0, "user root")
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    def _persistence(self) -> list[str]:
        return ["persistence true", f"persistence_location {self.folder}/", "max_queued_messages 0"]

    def start(self) -> None:
        command = [program("mosquitto", "/usr/sbin/mosquitto"), "-c", self.folder / "mosquitto.conf"]
        self.child = start("mosquitto", command, log_path=self.folder / "mosquitto.log")
        wait_until(partial(is_listening, self.port), self.child, seconds=_START_SECONDS)

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()

    def url(self, topic: str) -> str:
        return f"mqtt://127.0.0.1:{self.port}/{topic}"


@dataclass
class RabbitMq(rabbitmq.RabbitMq):
    """An AMQP server whose only account is `USER` with `PASSWORD`."""

    user: str = USER
    password: str = field(default=PASSWORD, repr=False)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and localhost, which is its own authority, and its key."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "server.crt", folder / "server.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return certificate, key


def connect(port: int) -> socket.socket:
    """A plain connection to a listening transport."""
    return socket.create_connection(("127.0.0.1", port), timeout=10)
