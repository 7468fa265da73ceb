"""A real AMQP server on this machine: RabbitMQ on free loopback ports, with its own port mapper.

The mapper (epmd) is started and stopped with it, so that no process of Erlang outlives the program that started it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vigie.local.ports import free_ports, is_listening
from vigie.local.process import Child, start, wait_until
from vigie.local.programs import program

PACKAGE = "rabbitmq-server"
PROGRAM = (PACKAGE, "/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server")
_MAPPER = ("epmd", "/usr/bin/epmd", "/usr/lib/erlang/bin/epmd")
_MAPPER_SECONDS = 60.0
_START_SECONDS = 120.0


@dataclass
class RabbitMq:
    """The server of one folder; durable queues in it survive a stop.

    Attributes:
        user: account that may do everything, from this machine only.
        password: its password.
    """

    folder: Path
    user: str = "guest"
    password: str = field(default="guest", repr=False)
    port: int = 0
    mapper_port: int = 0
    node_port: int = 0
    mapper: Child | None = field(default=None, repr=False)
    child: Child | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Choose ports and write the configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.mapper_port, self.node_port = free_ports(3)
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"default_user = {self.user}\ndefault_pass = {self.password}\n"
            "disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 300MB\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """Variables that keep everything it writes in its folder, and everything it opens on loopback."""
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
        """Start it; it takes messages when this returns.

        Raises:
            MissingPart: it is not installed.
            ChildFailed: it did not become ready.
        """
        server, environment = program(*PROGRAM), self.environment
        if self.mapper is None:
            mapper = [program(*_MAPPER), "-address", "127.0.0.1", "-port", str(self.mapper_port)]
            self.mapper = start("epmd", mapper, log_path=self.folder / "epmd.log", env=environment)
            wait_until(partial(is_listening, self.mapper_port), self.mapper, seconds=_MAPPER_SECONDS)
        log = self.folder / "rabbitmq.log"
        self.child = start("rabbitmq", [server], log_path=log, env=environment, cwd=self.folder)
        started = "Server startup complete"
        wait_until(lambda: started in log.read_text(errors="replace"), self.child, seconds=_START_SECONDS)

    def declare(self, queues: Sequence[str]) -> None:
        """Make durable queues."""
        import pika  # type: ignore[import-untyped]

        credentials = pika.PlainCredentials(self.user, self.password)
        address = pika.ConnectionParameters("127.0.0.1", self.port, credentials=credentials)
        connection = pika.BlockingConnection(address)
        try:
            channel = connection.channel()
            for queue in queues:
                channel.queue_declare(queue, durable=True)
        finally:
            connection.close()

    def stop_server(self) -> None:
        """Stop the server alone; its durable queues stay for the next `start`."""
        if self.child is not None:
            self.child.stop()

    def stop(self) -> None:
        """Stop everything of it."""
        self.stop_server()
        if self.mapper is not None:
            self.mapper.stop()
