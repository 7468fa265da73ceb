"""Great Expectations behind two calls: judge a batch, build the pages."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig

from jobs.gate.expectations import Check
from jobs.gate.report import CheckResult

VERDICT_ONLY = {"result_format": "BOOLEAN_ONLY"}
WITH_EXAMPLES = {"result_format": "BASIC", "partial_unexpected_count": 3}
SHOWN_CHARACTERS = 500


@dataclass(frozen=True)
class Batch:
    """Rows of one table under judgement; small sums may come as pandas, which is cheaper to judge."""

    table: str
    frame: DataFrame | pd.DataFrame
    checks: Sequence[Check]


class Judge:
    """One ephemeral Great Expectations context: no file of its own, no network, no analytics."""

    def __init__(self, data_docs: Path) -> None:
        self.data_docs = data_docs
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        for site in list(self._context.get_site_names()):
            self._context.delete_data_docs_site(site)
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(data_docs)}
        self._context.add_data_docs_site(
            "vigie",
            {
                "class_name": "SiteBuilder",
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                "store_backend": backend,
            },
        )
        # Frames are persisted by the caller, who also knows when to release them.
        self._spark = self._context.data_sources.add_spark("lake", persist=False)
        self._pandas = self._context.data_sources.add_pandas("sums")

    def judge(self, batch: Batch) -> tuple[CheckResult, ...]:
        """Judge one batch and return one result per check, in the order of the checks."""
        source = self._pandas if isinstance(batch.frame, pd.DataFrame) else self._spark
        data = source.add_dataframe_asset(batch.table).add_batch_definition_whole_dataframe("batch")
        for number, check in enumerate(batch.checks):
            check.expectation.meta = {"check": number}
            check.expectation.notes = check.fix
        # At once: one added to a suite is compared with every other first.
        suite = gx.ExpectationSuite(name=batch.table, expectations=[check.expectation for check in batch.checks])
        validation = gx.ValidationDefinition(name=batch.table, data=data, suite=self._context.suites.add(suite))
        definition = self._context.validation_definitions.add(validation)
        # Examples cost a query per check, so they are looked for only where something is wrong.
        outcome = _run(definition, batch.frame, VERDICT_ONLY)
        if not outcome.success:
            outcome = _run(definition, batch.frame, WITH_EXAMPLES)
        found = {_number(result): result for result in outcome.results}
        return tuple(_result(batch.table, check, found[number]) for number, check in enumerate(batch.checks))

    def build_data_docs(self) -> None:
        """Write the pages of everything judged, in the place of those of the run before."""
        shutil.rmtree(self.data_docs, ignore_errors=True)
        self._context.build_data_docs()


def _run(definition: gx.ValidationDefinition, frame: DataFrame | pd.DataFrame, detail: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return definition.run(batch_parameters={"dataframe": frame}, result_format=detail)


def _number(outcome: Any) -> int:
    """Position of the check an outcome belongs to: the results come in an order of their own."""
    return int(outcome.expectation_config.meta["check"])


def _result(table: str, check: Check, outcome: Any) -> CheckResult:
    return CheckResult(
        table=table,
        rule=str(outcome.expectation_config.type),
        column=check.column,
        source_id=check.source_id,
        is_success=bool(outcome.success),
        is_blocking=check.is_blocking,
        observed=_observed(outcome)[:SHOWN_CHARACTERS],
        expected=check.expected,
        fix=check.fix,
    )


def _observed(outcome: Any) -> str:
    """Say what was found in the words an operator needs."""
    error = outcome.exception_info or {}
    if error.get("raised_exception") is not False and error:
        messages = [error, *error.values()] if isinstance(error, dict) else []
        told = [m.get("exception_message") for m in messages if isinstance(m, dict) and m.get("exception_message")]
        if told:
            return f"the check could not run: {told[0]}"
    result = outcome.result
    if "observed_value" in result:
        return str(result["observed_value"])
    if "unexpected_count" not in result:
        return ""
    unexpected, total = result["unexpected_count"] or 0, result.get("element_count") or 0
    examples = ", ".join(str(value) for value in result.get("partial_unexpected_list") or ())
    return f"{unexpected} of {total} row(s)" + (f", such as {examples}" if examples else "")
