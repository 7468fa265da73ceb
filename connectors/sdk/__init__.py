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
from connectors.sdk.formats import CsvFormat, JsonFormat, JsonLinesFormat, ProtobufFormat, XmlFormat
from connectors.sdk.paging import LinkPaging, OffsetPaging, PagePaging

__all__ = [
    "Attribution",
    "CsvFormat",
    "Element",
    "FileConnector",
    "JsonFormat",
    "JsonLinesFormat",
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
    "XmlFormat",
]
