"""Exercises are kept, shown and never counted."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as f


def is_real() -> Column:
    """True unless the source said that the row belongs to an exercise or a test."""
    return ~f.coalesce(f.col("is_exercise"), f.lit(False))
