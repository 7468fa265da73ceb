"""MQTT 5 and 3.1.1: ``mqtt://host:1883/topic/filter/#``, ``mqtts://host:8883/…``.

The session outlives the connection (a stable client identifier, no clean start), so messages of QoS 1 wait at the
server while nobody reads. A message is acknowledged (PUBACK) when its records are safe; one that is not is told again.
The network is served between messages, without a thread: the server holds back what has not been asked for.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from connectors.sdk.errors import BadSetting, FixConfiguration, SourceRefused, SourceUnavailable
from connectors.sdk.transports.channel import MAX_BATCH, MAX_MESSAGE_BYTES, Channel, message, pushed
from connectors.sdk.transports.reading import Batch, Delivery, Reading

_PROTOCOLS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}
_CONNECT_SECONDS = 10.0
_WEEK = 7 * 24 * 3600
_REFUSED = {"Bad user name or password", "Not authorized", "Banned", "Bad authentication method"}
_TAKEN = "Session taken over"


def batches(reading: Reading) -> Iterator[Batch]:
    """Messages of the subscription."""
    return pushed(reading, MqttChannel)


class MqttChannel(Channel):
    """One connection with one subscription."""

    def __init__(self, reading: Reading) -> None:
        """Connect and subscribe.

        Raises:
            SourceUnavailable: the server is away.
            SourceRefused: it refuses the credentials or the subscription.
            BadSetting: a setting cannot work.
        """
        options = reading.options
        self.address = options.address(port=1883, secure_port=8883)
        self.filter = self.address.path
        if not self.filter:
            raise options.wrong("url", f"names no topic; expected {self.address.shown}/topic/filter")
        self.protocol = options.text("protocol", "5")
        if self.protocol not in _PROTOCOLS:
            raise options.wrong("protocol", f"is {self.protocol!r}; expected one of {', '.join(_PROTOCOLS)}")
        self.qos = options.count("qos", 1, low=0, high=1)
        self.max_bytes = options.count("max_bytes", MAX_MESSAGE_BYTES)
        self.client_name = reading.client_name
        self._waiting: deque[Delivery] = deque()
        self._lost: FixConfiguration | SourceUnavailable | None = None
        self._is_connected = self._is_subscribed = False
        self._client = self._client_of(reading)
        try:
            self._connect(options.count("session_seconds", _WEEK, low=0, high=2**32 - 1))
        except BaseException:
            self.close()
            raise

    def receive(self, seconds: float) -> Delivery | None:
        """The next message."""
        deadline = time.monotonic() + seconds
        while not self._waiting:
            left = deadline - time.monotonic()
            self._serve(max(0.0, left))
            if left <= 0:
                break
        return self._waiting.popleft() if self._waiting else None

    def acknowledge(self, batch: Batch) -> None:
        """Send PUBACK for each message."""
        for delivery in batch:
            mid, qos = delivery.token
            if qos and self._client.ack(mid, qos) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise self._unavailable("the connection was lost before messages could be acknowledged")

    def close(self) -> None:
        """Disconnect; the session stays at the server."""
        self._client.on_disconnect = None
        self._client.disconnect()
        self._client.loop(0.0)

    def _client_of(self, reading: Reading) -> paho.Client:
        options = reading.options
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_name,
            clean_session=None if self.protocol == "5" else False,
            protocol=_PROTOCOLS[self.protocol],
            manual_ack=True,
        )
        password = options.secret("password")
        if options.text("user") or password:
            client.username_pw_set(options.text("user") or None, password.reveal() if password else None)
        context = options.tls(self.address)
        if context is not None:
            client.tls_set_context(context)
        client.connect_timeout = _CONNECT_SECONDS
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        return client

    def _connect(self, session_seconds: int) -> None:
        more: dict[str, Any] = {}
        if self.protocol == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = session_seconds
            properties.ReceiveMaximum = MAX_BATCH
            more = {"clean_start": False, "properties": properties}
        try:
            self._client.connect(self.address.host, self.address.port, keepalive=60, **more)
        except ssl.SSLCertVerificationError as error:
            raise BadSetting(
                f"{self.address.shown} shows a certificate that is not accepted ({error.verify_message}); "
                "set `ca_file` to the authority that signed it, or correct the host in `url`"
            ) from None
        except (OSError, ValueError) as error:
            raise self._unavailable(f"did not answer ({type(error).__name__})") from None
        self._wait_for("connected", lambda: self._is_connected)
        option = {"options": SubscribeOptions(qos=self.qos, retainHandling=1)} if more else {"qos": self.qos}
        try:
            self._client.subscribe(self.filter, **option)
        except ValueError:
            raise BadSetting(f"{self.filter!r} is no topic filter of MQTT; correct `url`") from None
        self._wait_for("subscribed", lambda: self._is_subscribed)

    def _wait_for(self, what: str, is_done: Any) -> None:
        deadline = time.monotonic() + _CONNECT_SECONDS
        while not is_done():
            if time.monotonic() > deadline:
                raise self._unavailable(f"has not {what} this client within {_CONNECT_SECONDS:g} s")
            self._serve(0.1)

    def _serve(self, seconds: float) -> None:
        code = self._client.loop(seconds)
        if self._lost is not None:
            raise self._lost
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._unavailable(f"closed the connection ({paho.error_string(code)})")

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if not reason.is_failure:
            self._is_connected = True
        elif str(reason) in _REFUSED:
            self._lost = SourceRefused(
                f"{self.address.shown} refuses this client ({reason}); set or renew `user` and `password`"
            )
        elif str(reason) == "Unsupported protocol version":
            self._lost = BadSetting(f"{self.address.shown} does not speak MQTT {self.protocol}; set another `protocol`")
        else:
            self._lost = self._unavailable(f"refused the connection ({reason})")

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if self._lost is None and str(reason) == _TAKEN:
            self._lost = BadSetting(
                f"another client of {self.address.shown} took the session of {self.client_name}; "
                "run each source once, or give each a `client_id` of its own"
            )
        elif self._lost is None:
            self._lost = self._unavailable(f"closed the connection ({reason})")

    def _on_subscribe(self, client: Any, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
        refused = next((reason for reason in reasons if reason.is_failure), None)
        self._is_subscribed = refused is None
        if refused is not None:
            self._lost = SourceRefused(
                f"{self.address.shown} refuses the subscription to {self.filter} ({refused}); "
                "let the server's access list allow it, or correct the topic in `url`"
            )

    def _on_message(self, client: Any, userdata: Any, received: paho.MQTTMessage) -> None:
        topic = _topic(received)
        metadata = {
            "transport": "mqtt",
            "topic": topic,
            "qos": str(received.qos),
            "retained": str(received.retain).lower(),
            "redelivered": str(received.dup).lower(),
        }
        url = f"{self.address.shown}/{quote(topic, safe='/')}"
        content_type = getattr(received.properties, "ContentType", None)
        payload = message(
            bytes(received.payload), url, metadata, max_bytes=self.max_bytes, content_type=content_type
        )
        self._waiting.append(Delivery(payload, token=(received.mid, received.qos)))

    def _unavailable(self, what: str) -> SourceUnavailable:
        return SourceUnavailable(f"{self.address.shown} {what}; it will be tried again, messages wait at the server")


def _topic(received: paho.MQTTMessage) -> str:
    try:
        return received.topic
    except UnicodeDecodeError:  # the standard asks for UTF-8; a server may not
        return received._topic.decode("utf-8", "replace")
