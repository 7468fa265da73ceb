"""Maps a source's own categories to the common list, from the maps of the city profile.

A row keeps the category it was mapped to when it was loaded. Changing a map never rewrites rows in silence: rebuilding
silver (`rebuild_silver`) applies the present maps to all of bronze.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from schemas.city import CityProfile, normal_text

UNMAPPED = "other"
_SCHEMA = (
    "map_source string, map_code string, "
    "map_lines array<struct<subcategory: string, valid_from: date, valid_to: date, category: string>>"
)


def category_map(session: SparkSession, city: CityProfile) -> DataFrame:
    """Return the city's maps: per source and code its lines, most specific first."""
    lines: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for source in city.sources:
        for line in source.category_map:
            subcategory = None if line.source_subcategory is None else normal_text(line.source_subcategory)
            key = (source.source_id, normal_text(line.source_code))
            lines.setdefault(key, []).append((subcategory, line.valid_from, line.valid_to, line.category_code))
    return session.createDataFrame([(*key, held) for key, held in lines.items()], _SCHEMA)


def categorised(frame: DataFrame, mapping: DataFrame, day: str) -> DataFrame:
    """Add `category_code` by the first line of the source's map that fits, `other` when none does.

    A line fits as `SourceSettings.category` says: code and, where the line names one, subcategory are equal once
    trimmed and in lower case, and the local day of the fact (column `day`) lies in the line's days.
    """
    subcategory = f.col("source_subcategory") if "source_subcategory" in frame.columns else f.lit("")
    frame = frame.withColumns({"code__": _normal(f.col("source_category")), "subcode__": _normal(subcategory)})
    same = (f.col("source_id") == f.col("map_source")) & (f.col("code__") == f.col("map_code"))
    frame = frame.join(f.broadcast(mapping), same, "left")

    def fits(line: Column) -> Column:
        is_valid = (line["valid_from"] <= f.col(day)) & (line["valid_to"].isNull() | (f.col(day) <= line["valid_to"]))
        return is_valid & (line["subcategory"].isNull() | (line["subcategory"] == f.col("subcode__")))

    first = f.try_element_at(f.filter("map_lines", fits), f.lit(1))
    frame = frame.withColumn("category_code", f.coalesce(first["category"], f.lit(UNMAPPED)))
    return frame.drop("code__", "subcode__", "map_source", "map_code", "map_lines")


def _normal(text: Column) -> Column:
    return f.lower(f.trim(f.coalesce(text, f.lit(""))))
