"""A Kafka topic of somebody else: ``kafka://host:9092/topic``, ``kafkas://host:9093/topic``.

The consumer group remembers how far the topic was read; it is told so when the records are safe, never before. Key and
headers of a message are kept in the payload's metadata.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from connectors.sdk.broker import answers
from connectors.sdk.errors import FixConfiguration, SourceMissing, SourceRefused, SourceUnavailable
from connectors.sdk.transports.channel import MAX_BATCH, MAX_MESSAGE_BYTES, Channel, message, pushed
from connectors.sdk.transports.reading import Batch, Delivery, Reading
from schemas.check import Violation

_ASSIGN_SECONDS = 30.0
_FETCH_SECONDS = 10.0


def batches(reading: Reading) -> Iterator[Batch]:
    """Messages of the topic."""
    return pushed(reading, KafkaChannel)


class KafkaChannel(Channel):
    """One consumer of one topic."""

    def __init__(self, reading: Reading) -> None:
        """Join the group and wait for partitions.

        Raises:
            SourceUnavailable: the broker is away.
            SourceRefused: it refuses the credentials, or these may not read the topic.
            SourceMissing: it has no such topic.
            BadSetting: a setting cannot work.
        """
        options = reading.options
        self.address = options.address(port=9092, secure_port=9093)
        self.topic = self.address.path
        if not self.topic or "/" in self.topic:
            raise options.wrong("url", f"names no topic; expected {self.address.shown}/topic")
        self.url = f"{self.address.shown}/{self.topic}"
        self.max_bytes = options.count("max_bytes", MAX_MESSAGE_BYTES)
        self._waiting: deque[Delivery] = deque()
        self._ends: dict[TopicPartition, int] = {}
        if not answers(f"{self.address.host}:{self.address.port}"):
            raise self._unavailable("does not answer")
        try:
            self._consumer = KafkaConsumer(**self._configuration(reading))
        except (KafkaError, OSError) as error:
            raise self._meant(error) from None
        try:
            self._subscribe()
        except KafkaError as error:
            self.close()
            raise self._meant(error) from None
        except BaseException:
            self.close()
            raise

    def receive(self, seconds: float) -> Delivery | None:
        """The next message, in the order of its partition.

        What was in the topic at the start is waited for longer: a first fetch takes its time.
        """
        if not self._waiting:
            self._poll(seconds)
        deadline = time.monotonic() + _FETCH_SECONDS
        while not self._waiting and seconds > 0 and self._is_behind() and time.monotonic() < deadline:
            self._poll(0.1)
        return self._waiting.popleft() if self._waiting else None

    def acknowledge(self, batch: Batch) -> None:
        """Commit the position after each partition's last message."""
        positions = {delivery.token[0]: delivery.token[1] + 1 for delivery in batch}
        offsets = {partition: OffsetAndMetadata(position, "", -1) for partition, position in positions.items()}
        try:
            self._consumer.commit(offsets)
        except KafkaError as error:
            raise self._meant(error) from None

    def close(self) -> None:
        """Leave the group; what is not committed is read again."""
        with contextlib.suppress(KafkaError):  # when the broker is away, the group notices by itself
            self._consumer.close(autocommit=False, timeout_ms=5_000)

    def _configuration(self, reading: Reading) -> dict[str, Any]:
        options = reading.options
        password = options.secret("password")
        context = options.tls(self.address)
        configuration: dict[str, Any] = {
            "bootstrap_servers": [f"{self.address.host}:{self.address.port}"],
            "client_id": reading.client_name,
            "group_id": options.text("group", reading.client_name),
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "max_poll_records": MAX_BATCH,
            "allow_auto_create_topics": False,
            "bootstrap_timeout_ms": 10_000,
            "metrics_enabled": False,
        }
        if context is not None:
            configuration |= {"security_protocol": "SSL", "ssl_context": context}
        if password is not None:
            configuration |= {
                "security_protocol": "SASL_SSL" if context else "SASL_PLAINTEXT",
                "sasl_mechanism": options.text("sasl_mechanism", "SCRAM-SHA-512" if context else "PLAIN"),
                "sasl_plain_username": options.text("user"),
                "sasl_plain_password": password.reveal(),
            }
        return configuration

    def _subscribe(self) -> None:
        if self.topic not in self._consumer.topics():
            raise SourceMissing(
                f"{self.address.shown} has no topic {self.topic!r} that this client may see; create it, give the "
                "client the right to read it, or correct `url`"
            )
        self._consumer.subscribe([self.topic])
        deadline = time.monotonic() + _ASSIGN_SECONDS
        while not self._consumer.assignment():
            if time.monotonic() > deadline:
                raise self._unavailable(f"gave this client no partition within {_ASSIGN_SECONDS:g} s")
            self._poll(0.1)
        self._ends = self._consumer.end_offsets(self._consumer.assignment())

    def _is_behind(self) -> bool:
        """Whether messages that were there at the start are still to come."""
        try:
            mine = self._consumer.assignment()
            self._ends = {one: end for one, end in self._ends.items() if one in mine}
            self._ends = {one: end for one, end in self._ends.items() if self._consumer.position(one) < end}
        except KafkaError as error:
            raise self._meant(error) from None
        return bool(self._ends)

    def _poll(self, seconds: float) -> None:
        try:
            found = self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=MAX_BATCH)
        except KafkaError as error:
            raise self._meant(error) from None
        for partition, records in found.items():
            self._waiting.extend(self._delivery(partition, record) for record in records)

    def _delivery(self, partition: TopicPartition, record: Any) -> Delivery:
        metadata = {
            "transport": "kafka",
            "partition": str(record.partition),
            "offset": str(record.offset),
            **{f"header.{name}": _shown(value) for name, value in record.headers or ()},
        }
        if record.key is not None:
            metadata["key"] = _shown(record.key)
        refusal = None
        if record.value is None:
            refusal = Violation(
                rule="unreadable",
                column="",
                value="",
                message=f"a message of {self.url} has no value (it marks key {metadata.get('key', '')!r} as deleted); "
                "such messages are not read",
            )
        payload = message(
            record.value or b"",
            self.url,
            metadata,
            max_bytes=self.max_bytes,
            content_type=metadata.get("header.content-type"),
            refusal=refusal,
        )
        return Delivery(payload, token=(partition, record.offset))

    def _meant(self, error: Exception) -> FixConfiguration | SourceUnavailable:
        name = type(error).__name__
        if any(word in name for word in ("Authentication", "Authorization", "Sasl", "UnsupportedSaslMechanism")):
            return SourceRefused(
                f"{self.url} refuses this client ({name}); set or renew `user`, `password` and `sasl_mechanism`, or "
                "give the client the right to read the topic"
            )
        return self._unavailable(f"did not answer or closed the connection ({name})")

    def _unavailable(self, what: str) -> SourceUnavailable:
        return SourceUnavailable(f"{self.url} {what}; it will be tried again, messages wait in the topic")


def _shown(value: bytes | None) -> str:
    return "" if value is None else value[:1000].decode("utf-8", "backslashreplace")
