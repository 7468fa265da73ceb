"""Connectors whose columns are named in the city profile, for sources that every city writes in its own way.

    class MunicipalLogbook(MappedFileConnector):
        contract = "silver.incident_report"
        ...

The keys of the settings are told in ``docs/engineer/column-mapping.md``.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import ClassVar

from connectors.sdk.connector import FileConnector, PollingConnector, SourceConnector
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.errors import BadSetting
from connectors.sdk.formats import CsvFormat, Format, JsonFormat, JsonLinesFormat, KeptFieldsFormat, WorkbookFormat
from connectors.sdk.mapping.columns import ColumnPlan, reader
from connectors.sdk.mapping.place import UnknownProjection, projection
from connectors.sdk.mapping.plans import judge_complete, names_of, plans_of
from connectors.sdk.mapping.settings import MappingError, judged, place
from schemas.city import CityProfile, SourceSettings
from schemas.contract import load
from schemas.document import LocatedMap

TRANSPORT_SETTINGS = (
    *("url", "folder", "pattern", "move_done", "unpack", "quiet_seconds", "max_members", "headers"),
    *("secret_parameters", "user", "password", "ca_file", "certificate_file", "certificate_key_file", "client_id"),
    *("attempts", "retry_seconds", "idle_seconds", "max_bytes", "queue", "prefetch", "qos", "group", "protocol"),
    *("sasl_mechanism", "session_seconds", "sender_idle_seconds", "senders", "frame_seconds"),
)
"""Keys beside the mapping that say how the bytes come; the transport that reads them judges them."""


class ColumnMapping(SourceConnector):
    """Mix-in: format and columns come from the settings of the source, judged when the connector is made.

    Attributes:
        other_settings: further keys of the settings, which the connector reads and judges itself.
        filled: required columns that an overriding ``to_row`` fills.
        free_text: names of source columns, in small letters, that must never be mapped.
        keep_raw: ``whole`` keeps an element as it came; ``mapped`` keeps its mapped fields alone, also of refused ones.
    """

    other_settings: ClassVar[tuple[str, ...]] = ()
    filled: ClassVar[tuple[str, ...]] = ()
    free_text: ClassVar[frozenset[str]] = frozenset()
    keep_raw: ClassVar[str] = "whole"

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Judge the settings.

        Raises:
            BadSetting: which key of which source of which city, what was found, what was expected, what to do.
        """
        super().__init__(source, city)
        contract = load(self.contract)
        try:
            settings = judged(source.settings, source.path, (*TRANSPORT_SETTINGS, *self.other_settings))
            plans = plans_of(settings, contract)
            judge_complete(settings, contract, self.filled)
            self._judge_free_text(settings, plans)
            self._convert = projection(settings["crs"]) if "crs" in settings else None
            self.format = self._format(settings, plans)
        except MappingError as error:
            raise BadSetting(f"source {self.name} of city {city.city_id}: {error}") from None
        except UnknownProjection as error:
            raise BadSetting(
                f"source {self.name} of city {city.city_id}: `crs`: found {source.settings['crs']!r}, which is no "
                f"projection ({error}); expected a code of the EPSG register such as EPSG:2154; correct it"
            ) from None
        self._constants = dict(settings.get("constants", {}))
        self._readers = {name: reader(plan, self.zone) for name, plan in plans.items()}

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read every mapped column; the position is brought to WGS 84, and none has a precision without a place."""
        row: dict[str, object] = {name: read(element) for name, read in self._readers.items()}
        if self._convert is not None:
            row["longitude"], row["latitude"] = self._convert(row["longitude"], row["latitude"])
        row.update(self._constants)
        if "location_precision_m" in row and row.get("longitude") is None:
            row["location_precision_m"] = None
        return row

    def _judge_free_text(self, settings: LocatedMap, plans: Mapping[str, ColumnPlan]) -> None:
        for plan in plans.values():
            for source in plan.sources:
                if source.rpartition(".")[2].strip().casefold() in self.free_text:
                    raise place(settings["columns"], plan.name, f"columns.{plan.name}").refuse(
                        f"the free text {source!r}", "a column of dates, codes, places or numbers",
                        "remove it: free text may hold persons and never enters a row",
                    )  # fmt: skip

    def _format(self, settings: LocatedMap, plans: Mapping[str, ColumnPlan]) -> Format:
        try:
            codecs.lookup(settings.get("encoding", "utf-8"))
            cut = _cut(settings, names_of(plans, required=True))
        except (BadSetting, LookupError) as error:
            raise place(settings, "format", "format").refuse(
                f"a declaration that cannot be read: {error}", "delimiter and encoding as the source writes them",
                "correct `delimiter` or `encoding`",
            ) from None  # fmt: skip
        return KeptFieldsFormat(cut, names_of(plans)) if settings.get("keep_raw", self.keep_raw) == "mapped" else cut


class MappedFileConnector(ColumnMapping, FileConnector):
    """Reads files under the columns the city profile names."""


class MappedPollingConnector(ColumnMapping, PollingConnector):
    """Asks an HTTP source and reads the answer under the columns the city profile names."""


def _cut(settings: LocatedMap, required: tuple[str, ...]) -> Format:
    """The wire format; those with a header refuse every line when a required column is missing."""
    kind, encoding = settings["format"], settings.get("encoding", "utf-8-sig")
    if kind in ("csv", "tab"):
        return CsvFormat("\t" if kind == "tab" else settings.get("delimiter", ","), encoding, required)
    if kind == "xlsx":
        return WorkbookFormat(settings.get("sheet", ""), settings.get("header_row", 1), required)
    if kind == "jsonl":
        return JsonLinesFormat(encoding)
    return JsonFormat("features" if kind == "geojson" else settings.get("elements", ""), encoding)
