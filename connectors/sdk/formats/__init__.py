"""Wire formats: each cuts a payload into elements and refuses what it cannot read, element by element."""

from __future__ import annotations

from connectors.sdk.formats.compressed import decompress
from connectors.sdk.formats.csv import CsvFormat
from connectors.sdk.formats.dialects import CsvDialects
from connectors.sdk.formats.figures import FiguresFormat
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.geojson import GeoJsonFormat
from connectors.sdk.formats.json import JsonFormat, JsonLinesFormat
from connectors.sdk.formats.kept_fields import KeptFieldsFormat
from connectors.sdk.formats.metar import MetarFormat
from connectors.sdk.formats.opendatasoft import OpendatasoftFormat
from connectors.sdk.formats.parts import PartsFormat
from connectors.sdk.formats.protobuf import ProtobufFormat
from connectors.sdk.formats.workbook import Sheet, WorkbookFormat
from connectors.sdk.formats.xml import XmlFormat

__all__ = [
    "CsvDialects",
    "CsvFormat",
    "FiguresFormat",
    "Format",
    "GeoJsonFormat",
    "JsonFormat",
    "JsonLinesFormat",
    "KeptFieldsFormat",
    "MetarFormat",
    "OpendatasoftFormat",
    "PartsFormat",
    "ProtobufFormat",
    "Sheet",
    "WorkbookFormat",
    "XmlFormat",
    "decompress",
]
