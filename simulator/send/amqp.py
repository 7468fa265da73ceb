"""To an AMQP queue that exists, ``amqp://host:5672/vhost?queue=name``, confirmed by the server."""

from __future__ import annotations

import pika  # type: ignore[import-untyped]

from simulator.send import Address


class Sender:
    """One connection with one channel."""

    def __init__(self, address: Address) -> None:
        """Connect."""
        self.queue = address.option("queue")
        credentials = pika.PlainCredentials(address.user or "guest", address.password or "guest")
        self.connection = pika.BlockingConnection(pika.ConnectionParameters(
            host=address.host, port=address.port(5672), virtual_host=address.path or "/", credentials=credentials,
        ))  # fmt: skip
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def send(self, content: bytes) -> None:
        """Publish durably; a queue that does not exist is an error."""
        durable = pika.BasicProperties(delivery_mode=2)
        self.channel.basic_publish("", self.queue, content, properties=durable, mandatory=True)

    def close(self) -> None:
        """Disconnect."""
        self.connection.close()
