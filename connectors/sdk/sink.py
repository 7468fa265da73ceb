"""Publishes messages to Kafka: idempotent, acknowledged, bounded, and on to disk while the broker is away."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from connectors.sdk.broker import BrokerSettings, answers, ensure_topics, topics_of
from connectors.sdk.envelope import Message
from connectors.sdk.errors import BadSetting
from connectors.sdk.spool import Spool

__all__ = ["BrokerSettings", "KafkaSink", "ensure_topics"]


class KafkaSink:
    """The sink of one connector process.

    ``flush`` is the acknowledgement: when it returns, every message is with the broker, or, while the broker is
    away, in the spool and on disk. What waits in the spool goes out first and in order, so the order of a
    source is kept. A message the broker took just as it went away may be told twice; it has the same ``ce_id``
    both times.
    """

    def __init__(self, broker: BrokerSettings, spool: Path) -> None:
        """Open the spool; the broker may be away."""
        self.broker = broker
        self.spool = Spool(spool)
        self._producer: Any = None
        self._pending: deque[tuple[Message, Any]] = deque()
        self._pending_bytes = 0
        self._next_try = 0.0

    @property
    def waiting(self) -> int:
        """Messages in the spool, not with the broker yet."""
        return self.spool.waiting

    def send(self, message: Message) -> None:
        """Take one message; blocks while ``max_pending`` messages are unacknowledged.

        Raises:
            BrokerUnavailable: the broker is away and the spool is full.
        """
        if not self._is_ready():
            self.spool.append(message)
            return
        self._hand_over(message)
        if len(self._pending) >= self.broker.max_pending or self._pending_bytes >= self.broker.max_pending_bytes:
            self._settle(len(self._pending) // 2)

    def flush(self) -> None:
        """Return once everything taken is with the broker or safe on disk."""
        if self._is_ready():
            self._settle(0)
        self.spool.sync()

    def drain(self, timeout_seconds: float) -> int:
        """Try to bring the spool to the broker until it is empty or time is up; gives what still waits."""
        deadline = time.monotonic() + timeout_seconds
        while self.spool.waiting:
            self._next_try = 0.0
            if self._is_ready() or time.monotonic() >= deadline:
                break
            time.sleep(min(self.broker.retry_seconds, 0.2))
        return self.spool.waiting

    def close(self) -> None:
        """Flush, then let go of the broker and the spool."""
        self.flush()
        if self._producer is not None:
            self._producer.close(timeout=self.broker.patience_seconds)
            self._producer = None
        self.spool.close()

    def __enter__(self) -> KafkaSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _is_ready(self) -> bool:
        """Whether the broker is there and nothing older waits on disk; tries for that every few seconds at most."""
        if self._producer is not None and not self.spool.waiting:
            return True
        if time.monotonic() < self._next_try:
            return False
        if self._producer is None:
            self._producer = self._connect()
        if self._producer is not None:
            self._drain_spool()
        if self._producer is None or self.spool.waiting:
            self._next_try = time.monotonic() + self.broker.retry_seconds
            return False
        return True

    def _connect(self) -> Any:
        if not any(answers(server) for server in self.broker.servers):
            return None
        try:
            return KafkaProducer(
                bootstrap_servers=self.broker.servers,
                client_id=self.broker.client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=256 * 1024,
                max_request_size=2 * 1024 * 1024,
                allow_auto_create_topics=False,
                delivery_timeout_ms=int(self.broker.patience_seconds * 1000),
                request_timeout_ms=int(self.broker.patience_seconds * 500),
                max_block_ms=int(self.broker.patience_seconds * 1000),
                bootstrap_timeout_ms=int(self.broker.patience_seconds * 1000),
                metrics_enabled=False,
                **self.broker.security,
            )
        except KafkaError:
            return None

    def _hand_over(self, message: Message) -> None:
        self._pending_bytes += len(message.value)
        try:
            future = self._producer.send(
                message.topic, value=message.value, key=message.key, headers=list(message.headers)
            )
        except KafkaError as error:
            self._pending.append((message, None))
            self._go_away(error, message.topic)
            return
        self._pending.append((message, future))

    def _settle(self, left: int) -> None:
        """Wait for acknowledgements until at most ``left`` messages are pending."""
        try:
            if self._pending and not left:
                # What waits for company goes out now: nobody adds to it while we wait for its acknowledgement.
                self._producer.flush(timeout=self.broker.patience_seconds)
            while len(self._pending) > left:
                future = self._pending[0][1]
                if not future.is_done:
                    future.get(timeout=self.broker.patience_seconds)
                elif future.exception is not None:
                    raise future.exception
                self._pending_bytes -= len(self._pending.popleft()[0].value)
        except KafkaError as error:
            self._go_away(error, self._pending[0][0].topic)

    def _go_away(self, error: KafkaError, topic: str) -> None:
        """Take back what is not acknowledged, in order, onto disk; a new producer starts later."""
        producer, self._producer = self._producer, None
        self._next_try = time.monotonic() + self.broker.retry_seconds
        _abandon(producer)
        refused = self._lasting(error, topic)
        if refused:
            self._pending.clear()
            self._pending_bytes = 0
            raise refused from None
        for message, future in self._pending:
            if future is None or not (future.is_done and future.exception is None):
                self.spool.append(message)
        self._pending.clear()
        self._pending_bytes = 0
        self.spool.sync()

    def _lasting(self, error: KafkaError, topic: str) -> BadSetting | None:
        """What waiting cannot cure: missing rights, or a topic that nobody made."""
        name = type(error).__name__
        if "Authorization" in name or "Authentication" in name:
            return BadSetting(f"the broker refuses messages for {topic} ({name}); give this client the right to write")
        if isinstance(error, KafkaTimeoutError) and topic and topic not in (topics_of(self.broker) or {topic}):
            return BadSetting(f"the broker has no topic {topic}; create it with ensure_topics first")
        return None

    def _drain_spool(self) -> None:
        """Send what waits, acknowledging in steps, until the spool is empty or the broker goes away again."""
        step: list[tuple[Any, int]] = []
        topic = ""
        try:
            for message, position in self.spool.messages():
                topic = message.topic
                future = self._producer.send(
                    message.topic, value=message.value, key=message.key, headers=list(message.headers)
                )
                step.append((future, position))
                if len(step) >= 1000:
                    self._acknowledge(step)
            self._acknowledge(step)
        except KafkaError as error:
            producer, self._producer = self._producer, None
            _abandon(producer)
            refused = self._lasting(error, topic)
            if refused:
                raise refused from None

    def _acknowledge(self, step: list[tuple[Any, int]]) -> None:
        done = 0
        try:
            for future, _ in step:
                future.get(timeout=self.broker.patience_seconds)
                done += 1
        finally:
            if done:
                self.spool.acknowledge(step[done - 1][1], done)
            step.clear()


def _abandon(producer: Any) -> None:
    """Stop a producer without waiting, so that it sends nothing more of what is taken back."""
    try:
        producer.close(timeout=0)
    except KafkaError:
        # kafka-python 3.0.12 flushes first and raises when that takes time, leaving its sender alive
        producer._sender.force_close()
        producer._closed = True
