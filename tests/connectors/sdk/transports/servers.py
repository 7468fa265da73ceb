"""Real message servers for tests: own processes, own data folders, free loopback ports, nothing left behind."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vigie.local.ports import free_ports, is_listening
from vigie.local.process import Child, start, wait_until

USER, PASSWORD = "vigie-reader", "planted-9f3c1e-secret"
_REMEDY = "infra/servers.sh installs it (make servers)"
_START_SECONDS = 60.0
_EPMD = ("/usr/bin/epmd", "/usr/lib/erlang/bin/epmd")


def program(name: str, *places: str) -> str:
    """The path of a server's program; a test without it fails with the remedy and is never skipped."""
    found = next((place for place in places if Path(place).exists()), None) or shutil.which(name)
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
class RabbitMq:
    """An AMQP server with its own port mapper, so that no process of Erlang outlives the tests."""

    folder: Path
    port: int = 0
    mapper_port: int = 0
    node_port: int = 0
    mapper: Child | None = field(default=None, repr=False)
    child: Child | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.mapper_port, self.node_port = free_ports(3)
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"default_user = {USER}\ndefault_pass = {PASSWORD}\n"
            "disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 300MB\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"vigie{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.node_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +A 16"
            ),
            "ERL_FLAGS": "-start_epmd false",
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def start(self) -> None:
        server = program("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server")
        environment = self.environment
        if self.mapper is None:
            mapper = [program("epmd", *_EPMD), "-address", "127.0.0.1", "-port", str(self.mapper_port)]
            self.mapper = start("epmd", mapper, log_path=self.folder / "epmd.log", env=environment)
            wait_until(partial(is_listening, self.mapper_port), self.mapper, seconds=_START_SECONDS)
        log = self.folder / "rabbitmq.log"
        self.child = start("rabbitmq", [server], log_path=log, env=environment, cwd=self.folder)
        wait_until(lambda: "Server startup complete" in log.read_text(errors="replace"), self.child, seconds=120.0)

    def stop_server(self) -> None:
        """Stop the server alone; its durable queues stay for the next `start`."""
        if self.child is not None:
            self.child.stop()

    def stop(self) -> None:
        self.stop_server()
        if self.mapper is not None:
            self.mapper.stop()


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
