"""Wire formats: each cuts a payload into elements and refuses what it cannot read, element by element."""

from __future__ import annotations

from connectors.sdk.formats.compressed import decompress
from connectors.sdk.formats.csv import CsvFormat
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.geojson import GeoJsonFormat
from connectors.sdk.formats.json import JsonFormat, JsonLinesFormat
from connectors.sdk.formats.messages import JsonMessagesFormat
from connectors.sdk.formats.onvif import OnvifFormat
from connectors.sdk.formats.protobuf import ProtobufFormat
from connectors.sdk.formats.wide import WideCsvFormat
from connectors.sdk.formats.xml import XmlFormat

__all__ = [
    "CsvFormat",
    "Format",
    "GeoJsonFormat",
    "JsonFormat",
    "JsonLinesFormat",
    "JsonMessagesFormat",
    "OnvifFormat",
    "ProtobufFormat",
    "WideCsvFormat",
    "XmlFormat",
    "decompress",
]
