# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # D'un chiffre à ses lignes · From one figure to its rows
#
# Ce carnet lit un chiffre de l'observatoire, le trace, puis remonte jusqu'aux lignes de la source qui le composent.
#
# This notebook reads one figure of the observatory, plots it, then walks it back to the lines of the source that it is
# made of.
# Run `make demo-check CITY=san_francisco` first: it leaves the lake of the city in place. `CITY` chooses another city,
# `LAKE_ROOT` another lake. What is made of a simulated lake says so.

# %%
import json
import os
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from deltalake import DeltaTable

ROOT = next(folder for folder in [Path.cwd(), *Path.cwd().parents] if (folder / "pyproject.toml").exists())
CITY = os.environ.get("CITY", "san_francisco")
LAKE = Path(os.environ.get("LAKE_ROOT", ROOT / ".vigie" / "lake" / CITY))
MARK = "DONNÉES SIMULÉES · SIMULATED DATA\n" if (LAKE / "SIMULATED.json").exists() else ""


def table(name: str, columns: list[str] | None = None, **equals: str) -> pd.DataFrame:
    """Reads `layer.table` of the lake, keeping the rows whose columns equal the given values."""
    filters = [(column, "=", value) for column, value in equals.items()] or None
    return DeltaTable(LAKE.joinpath(*name.split("."))).to_pandas(columns=columns, filters=filters)


# %% [markdown]
# ## Le chiffre · The figure
# Signalements par thème et par mois · reports per theme and month.

# %%
indicator = table("gold.zone_indicator_day")
month = pd.to_datetime(indicator["indicator_date"]).dt.to_period("M").dt.to_timestamp()
per_month = indicator.assign(month=month).pivot_table(
    index="month", columns="theme_code", values="incident_count", aggfunc="sum", fill_value=0
)
title = f"{MARK}Signalements par thème et par mois · Reports per theme and month ({CITY})"
axes = per_month.plot(figsize=(10, 4), title=title)
axes.set_xlabel("")
axes.set_ylabel("signalements · reports")
plt.tight_layout()
per_month.sum().rename("incident_count").to_frame()

# %% [markdown]
# ## Une cellule du tableau · One cell of the table
# La zone et le thème les plus chargés, leur journée la plus chargée · the busiest zone and theme, and their busiest
# day.

# %%
located = indicator[~indicator["zone_id"].isin(["unlocated", "outside"])]
cell = located.sort_values(["incident_count", "zone_id", "category_code"], ascending=[False, True, True]).iloc[0]
cell[["zone_id", "category_code", "source_id", "indicator_date", "incident_count", "criticality_level"]]

# %% [markdown]
# ## Les signalements qui le composent · The reports it is made of
# `incident_count` doit être le nombre de lignes d'argent · must be the number of silver rows.

# %%
chosen = {name: cell[name] for name in ("source_id", "zone_id", "category_code")}
report = table("silver.incident_report", **chosen)
behind = report[report["occurred_date"] == cell["indicator_date"]]
assert len(behind) == cell["incident_count"], (len(behind), cell["incident_count"])
behind[["report_id", "occurred_at", "source_category", "longitude", "latitude", "record_id"]].head(10)

# %% [markdown]
# ## Les lignes de la source · The lines of the source
# `record_id` mène à `bronze.record`, qui garde la ligne d'origine · leads to `bronze.record`, which keeps the original
# line.

# %%
columns = ["record_id", "raw", "payload_url", "topic", "partition", "offset"]
bronze = table("bronze.record", columns, source_id=cell["source_id"])
lines = bronze[bronze["record_id"].isin(set(behind["record_id"]))].drop_duplicates("record_id")
assert set(lines["record_id"]) == set(behind["record_id"])
for line in lines.head(5).itertuples():
    print(f"{line.topic}[{line.partition}] offset {line.offset}  {line.payload_url}")
    print("   ", line.raw.strip().splitlines()[-1][:180])

# %%
print(json.dumps({"city": CITY, "figure": int(cell["incident_count"]), "source_lines": len(lines)}))
