"""A real Kafka broker on this machine, from its jars: KRaft, one node, loopback, free ports.

One node acknowledges once its own page cache has the record: `acks=all` says nothing here about a power cut.
"""

from __future__ import annotations

import base64
import os
import socket
import struct
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vigie.errors import MissingPart
from vigie.local.ports import free_ports
from vigie.local.process import Child, ChildFailed, start, wait_until

_START_SECONDS = 90.0
_ATTEMPTS = 3
_METADATA_REQUEST = struct.pack(">hhih5si", 3, 1, 1, 5, b"vigie", 0)


@dataclass(frozen=True)
class Broker:
    """A running broker."""

    child: Child
    port: int
    data_dir: Path

    @property
    def bootstrap_servers(self) -> str:
        """`host:port`, as Kafka clients take it."""
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Shut the broker down; its data stay."""
        self.child.stop()


def start_broker(data_dir: Path, *, jars_dir: Path, heap_mb: int = 512) -> Broker:
    """Start a broker on a folder: a new cluster when it is empty, else the one that lies there.

    Args:
        data_dir: folder of this broker alone: configuration, log segments, its own log.
        jars_dir: folder that set-up filled with Kafka's jars.
        heap_mb: memory of the JVM in MiB.

    Raises:
        MissingPart: no jars, or no Java.
        ChildFailed: the broker did not become ready.
    """
    if not any(jars_dir.glob("kafka_*.jar")):
        raise MissingPart(f"no Kafka jars in {jars_dir}; run `make setup`")
    for attempt in range(1, _ATTEMPTS + 1):
        port, controller_port = free_ports(2)
        configuration = _write_configuration(data_dir, port, controller_port)
        if not (data_dir / "log" / "meta.properties").exists():
            _format(configuration, jars_dir)
        child = start(
            "the Kafka broker",
            [*_java(jars_dir, heap_mb), "kafka.Kafka", configuration],
            log_path=data_dir / "broker.log",
        )
        try:
            wait_until(partial(answers, f"127.0.0.1:{port}"), child, seconds=_START_SECONDS)
            return Broker(child, port, data_dir)
        except ChildFailed:
            child.stop()
            if attempt == _ATTEMPTS or "Address already in use" not in child.log_tail(200):
                raise
        except BaseException:
            child.stop()
            raise
    raise AssertionError("unreachable")


def answers(bootstrap_servers: str) -> bool:
    """Whether a broker there has joined its cluster: it lists at least one live broker, itself.

    Spoken on the wire (Metadata, version 1), because a port that accepts connections is not yet a broker that
    accepts topics.
    """
    for address in bootstrap_servers.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=2) as connection:
                connection.sendall(struct.pack(">i", len(_METADATA_REQUEST)) + _METADATA_REQUEST)
                head = _receive(connection, 12)
        except (OSError, ValueError):
            continue
        _, correlation, brokers = struct.unpack(">iii", head)
        if correlation == 1 and brokers > 0:
            return True
    return False


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def _java(jars_dir: Path, heap_mb: int) -> Sequence[str]:
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else "java"
    configuration = jars_dir.parent / "kafka-log4j2.properties"
    configuration.write_text(_LOGGING)
    return (
        program,
        f"-Xmx{heap_mb}m",
        "-XX:+UseG1GC",
        # A broker of one machine waits for disks and sockets: the second compiler costs more than it will ever give.
        "-XX:TieredStopAtLevel=1",
        f"-Dlog4j2.configurationFile={configuration.as_uri()}",
        "-cp",
        f"{jars_dir}/*",
    )


def _write_configuration(data_dir: Path, port: int, controller_port: int) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(data_dir / "log"),
        "num.partitions": "2",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        "log.retention.hours": "-1",
        "log.segment.bytes": str(64 * 1024 * 1024),
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }
    path = data_dir / "server.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return path


def _format(configuration: Path, jars_dir: Path) -> None:
    # An identifier that began with a dash would be read as an option.
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode().replace("-", "A")
    command = [*_java(jars_dir, 128), "kafka.tools.StorageTool", "format", "--standalone"]
    try:
        done = subprocess.run(
            [*command, "-t", cluster_id, "-c", str(configuration)],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise MissingPart(f"{error.filename} is not installed; apt-get install openjdk-17-jre-headless") from error
    if done.returncode:
        raise ChildFailed(
            f"Kafka refused to prepare {configuration.parent}: {(done.stderr or done.stdout).strip()[-500:]}"
        )


_LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
