"""Theme and seriousness of the common incident categories, as Spark columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from pyspark.sql import Column
from pyspark.sql import functions as f

from schemas.codes import load_codes

CATEGORIES = "incident_category"


def theme_code() -> Column:
    """Theme of `category_code`; null for a code the list does not have."""
    return _looked_up({code.code: code.parent for code in load_codes(CATEGORIES).codes}, "string")


def nature_level() -> Column:
    """Seriousness of `category_code` by nature, 1 to 4; null for a code the list does not have."""
    levels = {code.code: int(str(code.attributes["nature_level"])) for code in load_codes(CATEGORIES).codes}
    return _looked_up(levels, "bigint")


def _looked_up(values: Mapping[str, object], type_name: str) -> Column:
    table = f.create_map(*(f.lit(item) for item in chain.from_iterable(values.items())))
    return f.try_element_at(table, f.col("category_code")).cast(type_name)
