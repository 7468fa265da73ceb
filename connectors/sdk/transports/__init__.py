"""How a source's bytes reach the platform: one module per transport, named after the scheme of the source's ``url``.

A module ``<scheme>.py`` holds ``batches(reading)`` and reads the variant with TLS (``mqtts``, ``https``) as well. Which
transport a source is read through is the choice of the city's profile: the bytes of a payload are the same.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from connectors.sdk.connector import SourceConnector
from connectors.sdk.errors import BadSetting
from connectors.sdk.transports.reading import Batch, Delivery, Reading

__all__ = ["Batch", "Delivery", "Reading", "batches", "transport_of", "transports"]

_NO_TRANSPORTS = {"channel", "options", "reading"}


def transports() -> tuple[str, ...]:
    """Every transport there is, by the scheme of its addresses."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if name not in _NO_TRANSPORTS and not name.startswith(("_", "mllp_"))))


def transport_of(connector: SourceConnector) -> str:
    """The transport that the source's settings choose; the connector's usual one when they do not say.

    Raises:
        BadSetting: the ``url`` has a scheme that no transport is called by.
    """
    settings = connector.source.settings
    url, folder = settings.get("url"), settings.get("folder")
    if folder is not None and (url is None or connector.transport == "file"):
        return "file"
    if connector.transport == "file" and connector.source.recordings:
        return "file"
    scheme = url.partition("://")[0].lower() if isinstance(url, str) and "://" in url else connector.transport
    if url is None and scheme not in ("file", "http"):
        raise BadSetting(
            f"{connector.source.path}: settings has no `url`; expected the address to read {connector.name} from, "
            f"such as {_EXAMPLES.get(scheme, scheme + '://…')}"
        )
    name = scheme if scheme in transports() else scheme.removesuffix("s")
    if name not in transports():
        raise BadSetting(
            f"{connector.source.path}: settings.url begins with `{scheme}://`; expected one of "
            f"{', '.join(transports())}, or one of them followed by s for TLS"
        )
    return name


_EXAMPLES = {
    "mqtt": "mqtts://broker.example:8883/city/+/noise",
    "amqp": "amqps://broker.example:5671/city",
    "mllp": "mllp://0.0.0.0:2575",
    "kafka": "kafka://broker.example:9092/topic",
}


def batches(reading: Reading) -> Iterator[Batch]:
    """What the source has to tell, through the transport its settings choose.

    When the iterator is resumed, everything it gave before is safe and is acknowledged to the source; when it is closed
    instead, the last batch is given back to the source, which will tell it again.
    """
    name = "file" if reading.is_recorded else transport_of(reading.connector)
    module = importlib.import_module(f"{__name__}.{name}")
    yield from module.batches(reading)
