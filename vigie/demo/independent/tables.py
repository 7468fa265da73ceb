"""Tables that the readers of the witness make: reports, and the accounts of a source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from vigie.demo.independent.profile import WitnessCity

Read = tuple[pd.DataFrame | None, pd.DataFrame | None, list[dict[str, object]]]
"""Reports, dispatches and accounts of one source."""


def text_table(path: Path, separator: str = ",") -> pd.DataFrame:
    """A delimited recording with every value as text, empty for a missing one."""
    return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def reports(
    city: WitnessCity,
    source: str,
    date: pd.Series,
    category: pd.Series,
    subcategory: pd.Series | None,
    longitude: pd.Series,
    latitude: pd.Series,
) -> pd.DataFrame:
    """The reports of one source; text coordinates become numbers, empty ones NaN."""
    detail = subcategory if subcategory is not None else pd.Series("", index=category.index)
    return pd.DataFrame(
        {
            "source_id": source,
            "date": pd.to_datetime(date.str[:10]),
            "category_code": [city.common_category(source, a, b) for a, b in zip(category, detail, strict=True)],
            "longitude": pd.to_numeric(longitude.replace("", np.nan)),
            "latitude": pd.to_numeric(latitude.replace("", np.nan)),
        }
    )


def counted(source: str, contract: str, read: int, accepted: int, rejected: int = 0) -> dict[str, object]:
    """One line of the accounting; every row that is neither new nor refused is a repetition of an accepted one."""
    return {
        "source_id": source,
        "contract_name": contract,
        "read_count": read,
        "accepted_count": accepted,
        "rejected_count": rejected,
        "duplicate_count": read - accepted - rejected,
    }
