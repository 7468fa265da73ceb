"""`gold.zone_indicator_day`: incidents per zone, category, source and period, against what is usual there."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from analytics.indicators import CRITICALITY_BREAKS, BaselineMethod, Period
from analytics.indicators.baseline import SHIFT_DAYS
from jobs.gold.categories import nature_level, theme_code
from jobs.gold.exercises import is_real
from jobs.gold.zones import placed_zone_id, with_zone_columns
from jobs.sdk.job import job
from schemas.city import CityProfile
from schemas.contract import load

SERIES = ("zone_id", "category_code", "source_id")
TRAILING_DAYS = 28
MONTHS_PER_YEAR = 12


@job(output="gold.zone_indicator_day")
def zone_indicator_day(silver_incident_report: DataFrame, reference_zone: DataFrame, city: CityProfile) -> DataFrame:
    """Count the reports of each period and set them against baseline, recurrence and criticality.

    A row exists where a report or an expected report exists; an absent row is a zero. The sum of `incident_count`
    is the number of rows of `silver.incident_report` that are no exercise. Definitions: `analytics.indicators`.
    """
    counts = _counts(silver_incident_report, city)
    compared = _with_baseline(counts, city)
    levelled = _with_levels(compared, city)
    labelled = with_zone_columns(levelled, reference_zone, city)
    return labelled.select(*load("gold.zone_indicator_day").column_names)


def _counts(reports: DataFrame, city: CityProfile) -> DataFrame:
    day = f.col("occurred_date")
    if _is_monthly(city):
        day = f.trunc(day, "month")
    return (
        reports.where(is_real())
        .select(placed_zone_id().alias("zone_id"), "category_code", "source_id", day.alias("indicator_date"))
        .groupBy(*SERIES, "indicator_date")
        .agg(f.count(f.lit(1)).alias("incident_count"))
    )


def _with_baseline(counts: DataFrame, city: CityProfile) -> DataFrame:
    """Add the mean of the reference periods, by moving each count forward to the dates it is a reference of."""
    baseline = city.indicators.baseline
    step = _step(city)
    whole_source = Window.partitionBy("source_id")
    covered = counts.withColumns(
        {
            "first_date": f.min("indicator_date").over(whole_source),
            "last_date": f.max("indicator_date").over(whole_source),
            "shift": f.explode(f.array(*(f.lit(step * k) for k in range(baseline.reference_windows + 1)))),
        }
    )
    is_own = f.col("shift") == 0
    moved = covered.withColumns(
        {
            "indicator_date": _later(f.col("indicator_date"), f.col("shift"), city),
            "reference_count": f.when(~is_own, f.col("incident_count")).otherwise(0),
            "incident_count": f.when(is_own, f.col("incident_count")).otherwise(0),
        }
    ).where(f.col("indicator_date") <= f.col("last_date"))
    summed = moved.groupBy(*SERIES, "indicator_date").agg(
        *(f.sum(name).alias(name) for name in ("incident_count", "reference_count")),
        *(f.first(name).alias(name) for name in ("first_date", "last_date")),
    )
    distance = f.floor(_distance(f.col("first_date"), f.col("indicator_date"), city) / f.lit(step))
    windows = f.least(f.lit(baseline.reference_windows).cast("bigint"), distance)
    enough = f.col("baseline_window_count") >= max(baseline.minimum_windows, 1)
    mean = f.when(enough, f.col("reference_count") / f.col("baseline_window_count"))
    compared = summed.withColumn("baseline_window_count", windows).withColumn("baseline_count", mean)
    return compared.where((f.col("incident_count") > 0) | (f.col("baseline_count") > 0))


def _with_levels(compared: DataFrame, city: CityProfile) -> DataFrame:
    trailing = f.col("incident_count")
    if not _is_monthly(city):
        day_number = f.datediff(f.col("indicator_date"), f.lit("1970-01-01").cast("date"))
        window = Window.partitionBy(*SERIES).orderBy(day_number).rangeBetween(1 - TRAILING_DAYS, 0)
        trailing = f.sum("incident_count").over(window)
    product = f.col("nature_level") * f.col("recurrence_level")
    state = f.when(f.col("incident_count") == 0, "published_zero").otherwise("published")
    return (
        compared.withColumn("trailing_28d_count", trailing)
        .withColumn("theme_code", theme_code())
        .withColumn("nature_level", nature_level())
        .withColumn("recurrence_level", f.greatest(_recurrence(city), f.lit(1).cast("bigint")))
        .withColumn("criticality_level", _reached(product, CRITICALITY_BREAKS) + f.lit(1))
        .withColumn("period_code", f.lit(str(city.indicators.period)))
        .withColumn(
            "publication_state_code",
            f.when(f.col("indicator_date") == f.col("last_date"), "provisional").otherwise(state),
        )
    )


def _recurrence(city: CityProfile) -> Column:
    """Thresholds reached by the trailing count, by the thresholds in force on the row's date."""
    level = _reached(f.col("trailing_28d_count"), city.indicator_epochs[0].recurrence_thresholds)
    for epoch in city.indicator_epochs[1:]:
        newer = _reached(f.col("trailing_28d_count"), epoch.recurrence_thresholds)
        level = f.when(f.col("indicator_date") >= f.lit(epoch.valid_from), newer).otherwise(level)
    return level


def _reached(value: Column, breaks: tuple[int, ...]) -> Column:
    """How many of the ascending breaks a value reaches."""
    return reduce(lambda total, limit: total + (value >= limit).cast("bigint"), breaks, f.lit(0).cast("bigint"))


def _is_monthly(city: CityProfile) -> bool:
    return Period(city.indicators.period) is Period.MONTH


def _step(city: CityProfile) -> int:
    """Distance between two reference periods, in days or in months."""
    yearly = BaselineMethod(city.indicators.baseline.method) is BaselineMethod.SAME_WEEKS_OF_EARLIER_YEARS
    if not yearly:
        return 1
    return MONTHS_PER_YEAR if _is_monthly(city) else SHIFT_DAYS


def _later(day: Column, step: Column, city: CityProfile) -> Column:
    return f.add_months(day, step) if _is_monthly(city) else f.date_add(day, step)


def _distance(first: Column, day: Column, city: CityProfile) -> Column:
    if _is_monthly(city):
        return (f.year(day) - f.year(first)) * MONTHS_PER_YEAR + f.month(day) - f.month(first)
    return f.datediff(day, first)
