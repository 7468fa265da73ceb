"""The connector SDK: everything between a source's bytes and an acknowledged broker message.

What the author of a connector needs is importable from here.
"""

from __future__ import annotations

from connectors.sdk.connector import (
    Attribution,
    FileConnector,
    Offset,
    PollingConnector,
    Request,
    SourceConnector,
    SubscribingConnector,
)
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import (
    CsvFormat,
    FiguresFormat,
    GeoJsonFormat,
    JsonFormat,
    JsonLinesFormat,
    ProtobufFormat,
    WorkbookFormat,
    XmlFormat,
)
from connectors.sdk.paging import LinkPaging, OffsetPaging, PagePaging
from schemas.label import Label

__all__ = [
    "Attribution",
    "CsvFormat",
    "Element",
    "FiguresFormat",
    "FileConnector",
    "GeoJsonFormat",
    "JsonFormat",
    "JsonLinesFormat",
    "Label",
    "LinkPaging",
    "Offset",
    "OffsetPaging",
    "PagePaging",
    "Payload",
    "PollingConnector",
    "ProtobufFormat",
    "Request",
    "Row",
    "SourceConnector",
    "SubscribingConnector",
    "WorkbookFormat",
    "XmlFormat",
]
