"""Wire formats: each cuts a payload into elements and refuses what it cannot read, element by element.

``connectors.sdk.formats.parquet`` is imported by those who need it alone: its library takes a quarter of a second.
"""

from __future__ import annotations

from connectors.sdk.formats.archive import ArchiveFormat, members
from connectors.sdk.formats.compressed import decompress
from connectors.sdk.formats.csv import CsvFormat
from connectors.sdk.formats.dialects import CsvDialects
from connectors.sdk.formats.figures import FiguresFormat
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.geojson import GeoJsonFormat
from connectors.sdk.formats.gtfs_realtime import GtfsRealtimeFormat
from connectors.sdk.formats.json import JsonFormat, JsonLinesFormat
from connectors.sdk.formats.kept_fields import KeptFieldsFormat
from connectors.sdk.formats.messages import JsonMessagesFormat
from connectors.sdk.formats.metar import MetarFormat
from connectors.sdk.formats.nested_xml import NestedXmlFormat
from connectors.sdk.formats.onvif import OnvifFormat
from connectors.sdk.formats.opendatasoft import OpendatasoftFormat
from connectors.sdk.formats.parts import PartsFormat
from connectors.sdk.formats.protobuf import ProtobufFormat
from connectors.sdk.formats.tree import JsonTreeFormat, Misshapen, expect, misshapen
from connectors.sdk.formats.wide import WideCsvFormat
from connectors.sdk.formats.workbook import Sheet, WorkbookFormat
from connectors.sdk.formats.xml import XmlFormat

__all__ = [
    "ArchiveFormat",
    "CsvDialects",
    "CsvFormat",
    "FiguresFormat",
    "Format",
    "GeoJsonFormat",
    "GtfsRealtimeFormat",
    "JsonFormat",
    "JsonLinesFormat",
    "JsonMessagesFormat",
    "JsonTreeFormat",
    "KeptFieldsFormat",
    "MetarFormat",
    "Misshapen",
    "NestedXmlFormat",
    "OnvifFormat",
    "OpendatasoftFormat",
    "PartsFormat",
    "ProtobufFormat",
    "Sheet",
    "WideCsvFormat",
    "WorkbookFormat",
    "XmlFormat",
    "decompress",
    "expect",
    "members",
    "misshapen",
]
