"""A town of two square districts, and bronze records of its sources."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from jobs.sdk.struct import struct_of
from jobs.sdk.table import Lake
from schemas.bounds import Bounds
from schemas.city import Baseline, CategoryMapping, CityProfile, IndicatorSettings, SourceSettings
from schemas.contract import load
from schemas.label import Label
from schemas.zones import ZoneSource

START = date(2000, 1, 1)
COLLECTED_AT = datetime(2024, 6, 1, 12, 0, 0, tzinfo=UTC)
BORDER_LONGITUDE = 5.5
_SQUARES = {"east": (5.5, 6.0), "west": (5.0, 5.5)}
_LATITUDES = (43.0, 43.5)


def town(root: Path) -> CityProfile:
    """Bounds reach beyond the districts, so that a position can be inside the bounds and in no zone."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": name, "label": name.title()},
            "geometry": {"type": "Polygon", "coordinates": [_ring(*west_east)]},
        }
        for name, west_east in _SQUARES.items()
    ]
    path = root / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return CityProfile(
        city_id="town",
        label=Label("Ville", "Town"),
        country_code="FR",
        time_zone="Europe/Paris",
        language="fr",
        bounds=Bounds(4.9, 42.9, 6.1, 43.6),
        zones=ZoneSource(
            "geojson",
            Label("Secteurs", "Districts"),
            "district",
            "town",
            path=path,
            id_properties=("code",),
            name_property="label",
        ),
        sources=(source("police"), source("fire"), source("stand_in")),
        indicator_epochs=(
            IndicatorSettings(
                "1", "tests", START, Baseline("same_weeks_of_earlier_years", 4, 2), (1, 3, 6, 12), 20, "day"
            ),
        ),
        root=root,
    )


def _ring(west: float, east: float) -> list[list[float]]:
    south, north = _LATITUDES
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def source(connector: str) -> SourceSettings:
    """A source that calls things `Noise`, and `Assault` with a subcategory of its own."""
    lines = (
        CategoryMapping("Assault", "family_violence", START, None, "tests", "Domestic"),
        CategoryMapping("Assault", "physical_violence", START, None, "tests"),
        CategoryMapping("Noise", "noise", START, date(2024, 1, 1), "tests"),
        CategoryMapping("Noise", "dispute_or_brawl", date(2024, 1, 2), None, "tests"),
    )
    label = Label(connector, connector)
    return SourceSettings(
        connector=connector,
        source_id=f"urn:vigie:town:{connector}",
        label=label,
        time_zone="Europe/Paris",
        recordings=(),
        settings={},
        category_map=lines,
        stand_in=None,
        max_rejected_ratio=0.1,
        publisher="P",
        licence="L",
        licence_url=None,
        path=Path("town"),
    )


def report(number: int, **values: object) -> dict[str, object]:
    """The row of one incident report, complete and valid unless told otherwise."""
    return {
        "report_id": f"town:{number}",
        "occurred_at": "2024-03-01T10:00:00Z",
        "time_precision_code": "minute",
        "source_category": "Noise",
        "longitude": 5.25,
        "latitude": 43.25,
        **values,
    }


@dataclass
class Bronze:
    """Makes bronze records as ingest would, in the order they are told."""

    lake: Lake
    offsets: count[int] = field(default_factory=count)

    def tell(
        self,
        rows: Iterable[Mapping[str, object]],
        *,
        contract: str = "silver.incident_report",
        connector: str = "police",
        collected_at: datetime = COLLECTED_AT,
    ) -> None:
        """Append accepted records of these rows."""
        self._append([self._record(row, contract, connector, collected_at) for row in rows])

    def tell_at(self, rows: Iterable[tuple[Mapping[str, object], datetime]], *, connector: str = "police") -> None:
        """Append accepted incident reports, each with the instant it was collected at."""
        self._append([self._record(row, "silver.incident_report", connector, at) for row, at in rows])

    def refuse(self, elements: Iterable[str], *, connector: str = "police", rule: str = "unreadable") -> None:
        """Append records that the edge refused."""
        violations = json.dumps([{"rule": rule, "column": "", "value": "v", "message": "m"}])
        self._append(
            [
                self._record({}, "silver.incident_report", connector, COLLECTED_AT)
                | {
                    "record_id": _digest(f"{connector}|{element}"),
                    "outcome_code": "refused",
                    "topic": f"dlq.urban.{connector}",
                    "row_json": None,
                    "raw": element,
                    "violations_json": violations,
                }
                for element in elements
            ]
        )

    def _record(
        self, row: Mapping[str, object], contract: str, connector: str, collected_at: datetime
    ) -> dict[str, object]:
        text = json.dumps(row, ensure_ascii=False)
        offset = next(self.offsets)
        return {
            "record_id": _digest(f"{connector}|{contract}|{text}"),
            "source_id": f"urn:vigie:town:{connector}",
            "contract_name": contract,
            "contract_version": "1.0.0",
            "outcome_code": "accepted",
            "topic": f"urban.{connector}",
            "partition": 0,
            "offset": offset,
            "row_json": text,
            "raw": text,
            "collected_at": collected_at,
            "kafka_at": collected_at + timedelta(milliseconds=offset),
            "ingest_date": collected_at.date(),
        }

    def _append(self, records: list[dict[str, object]]) -> None:
        contract = load("bronze.record")
        tuples = [tuple(record.get(name) for name in contract.column_names) for record in records]
        self.lake.append(self.lake.session.createDataFrame(tuples, struct_of(contract)).coalesce(1), contract)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
