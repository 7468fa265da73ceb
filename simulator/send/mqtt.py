"""To an MQTT server, ``mqtt://host:1883/topic``, with quality of service 1."""

from __future__ import annotations

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from simulator.send import Address, BadAddress

ANSWER_SECONDS = 30.0


class Sender:
    """One connection, served by a thread of the library."""

    def __init__(self, address: Address) -> None:
        """Connect."""
        if not address.path:
            raise BadAddress(f"address {address.url} names no topic; expected mqtt://host:1883/topic")
        self.topic = address.path
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        if address.user is not None:
            self.client.username_pw_set(address.user, address.password)
        self.client.connect(address.host, address.port(1883))
        self.client.loop_start()

    def send(self, content: bytes) -> None:
        """Publish and wait until the server has it."""
        told = self.client.publish(self.topic, content, qos=1)
        told.wait_for_publish(ANSWER_SECONDS)
        if not told.is_published():
            raise OSError(f"the MQTT server did not confirm a message within {ANSWER_SECONDS:.0f} s; see its log")

    def close(self) -> None:
        """Disconnect and end the thread."""
        self.client.disconnect()
        self.client.loop_stop()
