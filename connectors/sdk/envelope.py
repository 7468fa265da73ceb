"""Turns one row into one broker message, and one refused element into one dead letter.

Both are CloudEvents in Kafka's binary content mode: the facts about the record travel as ``ce_*`` headers,
beside the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from hashlib import sha256

import orjson

from connectors.sdk.element import MAX_DEAD_LETTER_BYTES, Element, Payload, Row, canonical, digest_of
from connectors.sdk.errors import BadSetting
from schemas.check import Violation, as_text
from schemas.contract import TableContract
from schemas.isolation import LAYER as ISOLATED
from schemas.isolation import is_isolated

MAX_MESSAGE_BYTES = 1_000_000
OPEN = "urban"
"""First part of the topics of everything that is not isolated."""
Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Message:
    """One record for the broker, complete with its address."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True)
class Envelope:
    """What all messages of one connector in one city have in common."""

    city_id: str
    connector: str
    prefix: str = OPEN

    @property
    def topic(self) -> str:
        """Where accepted rows go."""
        return topic_of(self.connector, self.prefix)

    @property
    def dead_letter_topic(self) -> str:
        """Where refused elements go."""
        return dead_letter_topic_of(self.connector, self.prefix)

    @property
    def source(self) -> str:
        """The CloudEvents source."""
        return f"urn:vigie:{self.city_id}:{self.connector}"

    def accepted(self, row: Row, text: str, element: Element, payload: Payload, contract: TableContract) -> Message:
        """Message of a row that keeps its contract; equal rows of equal key get equal ``ce_id``.

        Args:
            row: the row, JSON values only.
            text: the element as its source wrote it, so that the row can be made again.
            element: where the row comes from.
            payload: where the element comes from.
            contract: the contract the row was checked against.
        """
        key = key_of(row, contract)
        record_id = _record_id(self.source, contract.name, key, digest_of(canonical(row)))
        value = orjson.dumps({"row": row, "raw": text})
        return Message(self.topic, key.encode(), value, self._headers(record_id, element, payload, contract))

    def refused(
        self, violations: tuple[Violation, ...], element: Element, payload: Payload, contract: TableContract
    ) -> Message:
        """Dead letter: the element's original bytes (at most 64 KiB) and every reason in the headers."""
        record_id = _record_id(self.source, contract.name, element.digest, str(element.occurrence))
        first = violations[0]
        headers = (
            *self._headers(record_id, element, payload, contract),
            ("__dlq.errors.topic", self.topic.encode()),
            ("__dlq.errors.rule", first.rule.encode()),
            ("__dlq.errors.column", _bytes(first.column)),
            ("__dlq.errors.value", _bytes(first.value)),
            ("__dlq.errors.message", _bytes(first.message)),
            ("__dlq.errors.violations", _json([violation.as_dict() for violation in violations])),
        )
        if len(element.raw) > MAX_DEAD_LETTER_BYTES:
            headers = (*headers, ("__dlq.truncated", b"true"))
        return Message(self.dead_letter_topic, element.digest.encode(), element.raw[:MAX_DEAD_LETTER_BYTES], headers)

    def _headers(self, record_id: str, element: Element, payload: Payload, contract: TableContract) -> Headers:
        return (
            ("ce_id", record_id.encode()),
            *_payload_headers(self.source, contract.name, str(contract.version), _instant(payload), payload.url),
            ("ce_payloadid", payload.payload_id.encode()),
            ("ce_elementindex", str(element.index).encode()),
        )


def prefix_of(contracts: Iterable[str]) -> str:
    """First part of the topics of a connector, from the contracts it emits: the isolated class travels apart.

    Raises:
        BadSetting: some contracts are of the isolated class and some are not.
    """
    classes = {is_isolated(contract) for contract in contracts}
    if len(classes) > 1:
        raise BadSetting(
            "the connector emits rows of the isolated class beside others; the two never share a topic or a store: "
            "write two connectors"
        )
    return ISOLATED if True in classes else OPEN


def topic_of(connector: str, prefix: str = OPEN) -> str:
    """Topic of a connector's accepted rows."""
    return f"{prefix}.{connector}"


def dead_letter_topic_of(connector: str, prefix: str = OPEN) -> str:
    """Topic of a connector's refused elements."""
    return f"dlq.{prefix}.{connector}"


def key_of(row: Row, contract: TableContract) -> str:
    """The row's values of the contract's key columns, joined by ``|``; a missing one is empty."""
    return "|".join(as_text(row.get(column)) or "" for column in contract.key)


def header(headers: Headers, name: str) -> str | None:
    """Text of the header with this name."""
    return next((value.decode("utf-8", "replace") for known, value in headers if known == name), None)


@lru_cache(maxsize=256)
def _payload_headers(source: str, contract: str, version: str, collected_at: str, url: str) -> Headers:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", f"vigie.{contract}".encode()),
        ("ce_time", collected_at.encode()),
        ("ce_dataschema", f"vigie:{contract}@{version}".encode()),
        ("ce_payloadurl", _bytes(url)),
        ("content-type", b"application/json"),
    )


def _instant(payload: Payload) -> str:
    return payload.collected_at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _record_id(*parts: str) -> str:
    return sha256("|".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _json(value: list[Mapping[str, str]]) -> bytes:
    return canonical(value)
