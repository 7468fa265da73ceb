"""What readers of simulated messages share: files in the order of telling, the newest of every key, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from vigie.demo.independent.geocode import placed
from vigie.demo.independent.profile import WitnessCity
from vigie.demo.independent.tables import counted, reports

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
REPORT, DISPATCH = "silver.incident_report", "silver.unit_dispatch"
STATUS, STAGE = "silver.unit_status", "silver.dispatch_stage"
Rows = list[dict[str, Any]]


def files(city: WitnessCity, source: str) -> Iterator[bytes]:
    """Contents of the files of one source."""
    for path in sorted((city.told_folder(source)).iterdir()):
        yield path.read_bytes()


def account(source: str, contract: str, keys: list[Any], rejected: int = 0) -> dict[str, object]:
    """One line of the accounts: keys of all rows that were read well, in any order, and how many were not."""
    return counted(source, contract, len(keys) + rejected, len(set(keys)), rejected)


def is_instant(text: object) -> bool:
    """Whether a text is an instant with an offset."""
    return INSTANT.fullmatch(str(text)) is not None


def newest(rows: Rows) -> pd.DataFrame:
    """The newest row of every key; rows come in the order of telling and say `key` and, where known, `updated`."""
    table = pd.DataFrame(rows)
    table["updated"] = pd.to_datetime(table["updated"], utc=True, format="ISO8601") if "updated" in table else pd.NaT
    return table.sort_values("updated", kind="stable", na_position="first").groupby("key").tail(1)


def as_reports(city: WitnessCity, source: str, rows: Rows) -> pd.DataFrame:
    """Newest reports, without exercises, placed by their address where they tell no position."""
    table = newest(rows)
    table = table[~table["exercise"].astype(bool)]
    longitude, latitude = placed(city, table["longitude"], table["latitude"], table["address"])
    local = pd.to_datetime(table["at"], utc=True, format="ISO8601").dt.tz_convert(city.profile["time_zone"])
    return reports(
        city, source, local.dt.strftime("%Y-%m-%d"), table["category"], table["subcategory"], longitude, latitude
    )


def told(key: Any, at: Any, category: Any, place: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    """One version of a report."""
    usual = {"subcategory": "", "address": None, "exercise": False}
    return {"key": key, "at": at, "category": category, "longitude": place[0], "latitude": place[1], **usual, **more}
