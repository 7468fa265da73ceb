"""How to reach the Kafka broker, and the topics that connectors need there."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from connectors.sdk.envelope import OPEN, dead_letter_topic_of, topic_of
from connectors.sdk.errors import BrokerUnavailable

TOPIC_CONFIG: Mapping[str, str] = {"max.message.bytes": str(2 * 1024 * 1024)}
ISOLATED_TOPIC_CONFIG: Mapping[str, str] = {**TOPIC_CONFIG, "retention.ms": str(7 * 24 * 3_600_000)}
"""Records of the isolated class do not outlive their table on the broker, whatever the broker's own retention."""


@dataclass(frozen=True)
class BrokerSettings:
    """How to reach the broker; ``security`` holds kafka-python's own options, ``security_protocol`` and so on."""

    bootstrap_servers: str
    client_id: str = "vigie-connector"
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    max_pending: int = 20_000
    max_pending_bytes: int = 64 * 1024 * 1024
    patience_seconds: float = 15.0
    retry_seconds: float = 2.0

    @property
    def servers(self) -> list[str]:
        """``host:port`` of each broker."""
        return [server.strip() for server in self.bootstrap_servers.split(",") if server.strip()]


def ensure_topics(
    broker: BrokerSettings, connectors: Iterable[str], *, prefix: str = OPEN, partitions: int = 2, replication: int = 1
) -> None:
    """Create the topics of these connectors, accepted and dead-letter, where they are missing.

    Args:
        broker: where.
        connectors: their names.
        prefix: first part of their topics, ``prefix_of`` their contracts.
        partitions: of each topic.
        replication: of each topic.

    Raises:
        BrokerUnavailable: the broker does not answer.
    """
    wanted = [topic for name in connectors for topic in (topic_of(name, prefix), dead_letter_topic_of(name, prefix))]
    admin = admin_of(broker)
    try:
        present = set(admin.list_topics())
        options = {
            "num_partitions": partitions,
            "replication_factor": replication,
            "configs": dict(TOPIC_CONFIG if prefix == OPEN else ISOLATED_TOPIC_CONFIG),
        }
        missing = {topic: options for topic in wanted if topic not in present}
        if missing:
            admin.create_topics(missing, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        pass  # another process made it in the meantime
    finally:
        admin.close()


def admin_of(broker: BrokerSettings) -> Any:
    """An administration client, which the caller closes.

    Raises:
        BrokerUnavailable: the broker does not answer.
    """
    reason = "connection refused"
    if any(map(answers, broker.servers)):
        try:
            return KafkaAdminClient(bootstrap_servers=broker.servers, client_id=broker.client_id, **broker.security)
        except KafkaError as error:
            reason = type(error).__name__
    raise BrokerUnavailable(
        f"no Kafka broker answers at {broker.bootstrap_servers} ({reason}); start it or correct the address"
    )


def topics_of(broker: BrokerSettings) -> set[str] | None:
    """Topics the broker has; ``None`` when it does not answer."""
    try:
        admin = admin_of(broker)
    except BrokerUnavailable:
        return None
    try:
        return set(admin.list_topics())
    except KafkaError:
        return None
    finally:
        admin.close()


def answers(server: str) -> bool:
    """Whether something listens at ``host:port``."""
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host or server, int(port or 9092)), timeout=2.0):
            return True
    except (OSError, ValueError):
        return False
