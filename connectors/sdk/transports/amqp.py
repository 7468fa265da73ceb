"""AMQP 0-9-1 (RabbitMQ): ``amqp://host:5672/vhost`` and the setting ``queue``, ``amqps://host:5671/…``.

The queue belongs to the sender: it must exist and is never made, bound or changed here. ``prefetch`` messages are in
hand at most. They are acknowledged when their records are safe, and given back to the queue when reading ends before.
"""

from __future__ import annotations

import logging
import ssl
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pika  # type: ignore[import-untyped]
from pika.exceptions import (  # type: ignore[import-untyped]
    AMQPError,
    ChannelClosedByBroker,
    ChannelWrongStateError,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from connectors.sdk.errors import BadSetting, FixConfiguration, Skip, SourceMissing, SourceRefused, SourceUnavailable
from connectors.sdk.formats.compressed import decompress
from connectors.sdk.transports.channel import MAX_MESSAGE_BYTES, Channel, message, pushed
from connectors.sdk.transports.reading import Batch, Delivery, Reading
from schemas.check import Violation

_CONNECT_SECONDS = 10.0


def batches(reading: Reading) -> Iterator[Batch]:
    """Messages of the queue."""
    return pushed(reading, AmqpChannel)


class AmqpChannel(Channel):
    """One connection consuming one queue."""

    def __init__(self, reading: Reading) -> None:
        """Connect and begin to consume.

        Raises:
            SourceUnavailable: the server is away.
            SourceRefused: it refuses the credentials, or these may not read the queue.
            SourceMissing: it has no such virtual host or queue.
            BadSetting: a setting cannot work.
        """
        logging.getLogger("pika").setLevel(logging.CRITICAL + 1)  # it logs every failure that is raised here as well
        options = reading.options
        self.address = options.address(port=5672, secure_port=5671)
        self.vhost = unquote(self.address.path) or "/"
        self.queue = options.text("queue")
        if not self.queue:
            raise options.wrong("queue", "is missing; expected the name of a queue that exists at the server")
        self.url = f"{self.address.shown}/{quote(self.vhost.removeprefix('/'), safe='')}?queue={quote(self.queue)}"
        self.max_bytes = options.count("max_bytes", MAX_MESSAGE_BYTES)
        self._waiting: deque[Delivery] = deque()
        self._is_cancelled = False
        self._connection = self._connected(reading)
        try:
            self._channel: Any = self._connection.channel()
            self._channel.basic_qos(prefetch_count=options.count("prefetch", 100, high=10_000))
            self._channel.queue_declare(self.queue, passive=True)
            self._channel.add_on_cancel_callback(self._on_cancel)
            self._channel.basic_consume(self.queue, self._on_message, auto_ack=False, consumer_tag=reading.client_name)
        except AMQPError as error:
            self.close()
            raise self._meant(error) from None

    def receive(self, seconds: float) -> Delivery | None:
        """The next message."""
        if not self._waiting:
            try:
                self._connection.process_data_events(time_limit=seconds)
            except AMQPError as error:
                raise self._meant(error) from None
        if not self._waiting and self._is_cancelled:
            raise SourceMissing(f"{self.url} was deleted or stopped at the server; create it again, or correct `queue`")
        return self._waiting.popleft() if self._waiting else None

    def acknowledge(self, batch: Batch) -> None:
        """Acknowledge everything up to the last message of the batch."""
        try:
            self._channel.basic_ack(batch[-1].token, multiple=True)
            self._connection.process_data_events(time_limit=0)
        except AMQPError as error:
            raise self._meant(error) from None

    def close(self) -> None:
        """Close; the server puts what is not acknowledged back into the queue, marked as redelivered."""
        try:
            if self._connection.is_open:
                self._connection.close()
        except AMQPError:
            pass  # closed by the other side meanwhile

    def _connected(self, reading: Reading) -> Any:
        options = reading.options
        context = options.tls(self.address)
        password = options.secret("password")
        parameters = pika.ConnectionParameters(
            host=self.address.host,
            port=self.address.port,
            virtual_host=self.vhost,
            credentials=pika.PlainCredentials(
                options.text("user", "guest"), password.reveal() if password else "guest", erase_on_connect=True
            ),
            ssl_options=pika.SSLOptions(context, self.address.host) if context else None,
            heartbeat=60,
            socket_timeout=_CONNECT_SECONDS,
            stack_timeout=_CONNECT_SECONDS * 1.5,
            blocked_connection_timeout=60,
            client_properties={"connection_name": reading.client_name},
        )
        try:
            return pika.BlockingConnection(parameters)
        except (AMQPError, OSError) as error:
            raise self._meant(error) from None

    def _on_cancel(self, frame: Any) -> None:
        self._is_cancelled = True

    def _on_message(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        metadata = {
            "transport": "amqp",
            "exchange": method.exchange,
            "routing_key": method.routing_key,
            "redelivered": str(bool(method.redelivered)).lower(),
        }
        if properties.message_id:
            metadata["message_id"] = str(properties.message_id)
        refusal = None
        if properties.content_encoding == "gzip":
            try:
                body = decompress(body, url=self.url, max_bytes=self.max_bytes)
            except Skip as skip:
                refusal = Violation(rule=skip.rule, column="", value="", message=str(skip))
        payload = message(
            body,
            self.url,
            metadata,
            max_bytes=self.max_bytes,
            content_type=properties.content_type,
            refusal=refusal,
        )
        self._waiting.append(Delivery(payload, token=method.delivery_tag))

    def _meant(self, error: Exception) -> FixConfiguration | SourceUnavailable:
        """What an error of the client library asks of whom."""
        causes = _causes(error)
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return BadSetting(
                    f"{self.address.shown} shows a certificate that is not accepted ({cause.verify_message}); "
                    "set `ca_file` to the authority that signed it, or correct the host in `url`"
                )
            if isinstance(cause, ProbableAuthenticationError):
                return SourceRefused(f"{self.address.shown} refuses this client; set or renew `user` and `password`")
            if isinstance(cause, ProbableAccessDeniedError):
                return SourceRefused(
                    f"{self.address.shown} has no virtual host {self.vhost!r} for this user; correct `url`, or its "
                    "rights"
                )
            is_told = isinstance(cause, ChannelClosedByBroker | ConnectionClosedByBroker)
            code = getattr(cause, "reply_code", 0) if is_told else 0
            if code == 404:
                return SourceMissing(f"{self.address.shown} has no queue {self.queue!r}; create it, or correct `queue`")
            if code == 403:
                return SourceRefused(
                    f"{self.address.shown} does not let this user read queue {self.queue!r}; give it the right to"
                )
            if code in (405, 530):
                return BadSetting(
                    f"{self.address.shown} does not give out queue {self.queue!r} or its virtual host ({code}): "
                    "another consumer holds it alone, or it is not there; stop the other one or correct the settings"
                )
        kind = type(causes[-1] if isinstance(causes[0], ChannelWrongStateError) else causes[0]).__name__
        return SourceUnavailable(
            f"{self.address.shown} did not answer or closed the connection ({kind}); it will be tried again, "
            "messages wait in the queue"
        )


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what the client library wrapped in it."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "exception", None), *one.args]
    return found
