"""A chart seen in one language: the names, labels and conditions that every kind needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards.dataset import Dataset, text_name
from dashboards.specification import Chart

OPERATORS = {"equal": "==", "in": "IN", "known": "IS NOT NULL"}


@dataclass(frozen=True)
class View:
    """A chart, its dataset and the language it is shown in."""

    chart: Chart
    dataset: Dataset
    language: str

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, which are the dataset's own."""
        return list(self.chart.metrics)

    @property
    def columns(self) -> list[str]:
        """Readable columns that stand for `group_by`."""
        return [self.shown(name) for name in self.chart.group_by]

    def shown(self, name: str) -> str:
        """Readable column for a contract column; a metric stands for itself."""
        return name if name in self.chart.metrics else self.dataset.display_column(name).name

    def as_text(self, name: str) -> str:
        """Readable column for a contract column, as text where it has one."""
        text = text_name(name)
        return text if any(column.name == text for column in self.dataset.columns) else self.shown(name)

    def format(self, metric: str) -> str:
        """Number format of a metric, in d3's notation."""
        return self.dataset.contract.metric(metric).format

    def order(self) -> list[tuple[str, bool]]:
        """Order of the rows as (column or metric, ascending)."""
        return [(self.shown(self.chart.sort_by), self.chart.ascending)] if self.chart.sort_by else []

    def form_filters(self) -> list[dict[str, Any]]:
        """Conditions as the chart's form stores them; the open period is where the period filter takes hold."""
        filters = [
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": item["col"],
                "operator": item["op"],
                "operatorId": {"==": "EQUALS", "IN": "IN", "IS NOT NULL": "IS_NOT_NULL"}[item["op"]],
                "comparator": item.get("val"),
            }
            for item in self._conditions()
        ]
        if self.dataset.time_column:
            filters.append(
                {
                    "clause": "WHERE",
                    "expressionType": "SIMPLE",
                    "subject": self.dataset.time_column,
                    "operator": "TEMPORAL_RANGE",
                    "comparator": "No filter",
                }
            )
        return filters

    def query(self, columns: list[Any]) -> dict[str, Any]:
        """The query object that a browser sends, before what is particular to the kind."""
        filters: list[dict[str, Any]] = list(self._conditions())
        if self.dataset.time_column:
            filters.append({"col": self.dataset.time_column, "op": "TEMPORAL_RANGE", "val": "No filter"})
        return {
            "filters": filters,
            "extras": {"having": "", "where": ""},
            "applied_time_extras": {},
            "columns": columns,
            "metrics": self.metrics,
            "annotation_layers": [],
            "row_limit": self.chart.limit,
            "series_limit": 0,
            "order_desc": not self.chart.ascending,
            "orderby": [list(item) for item in self.order()],
            "url_params": {},
            "custom_params": {},
            "custom_form_data": {},
        }

    def _conditions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for condition in self.chart.where:
            item: dict[str, Any] = {"col": condition.column, "op": OPERATORS[condition.operator]}
            if condition.operator == "equal":
                item["val"] = condition.values[0]
            elif condition.operator == "in":
                item["val"] = list(condition.values)
            found.append(item)
        return found
