"""Local days of UTC instants."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as f


def local_date(instant: Column, time_zone: str) -> Column:
    """Return the day that clocks in `time_zone` show at the instant; the session's time zone is UTC."""
    return f.to_date(f.from_utc_timestamp(instant, time_zone))
