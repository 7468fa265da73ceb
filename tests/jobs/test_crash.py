"""A driver killed with -9 anywhere in a batch leaves tables that the next run makes right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.pipeline import run_layer
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from tests.jobs.stored import stored_rows, totals
from tests.jobs.town import Bronze, report

pytestmark = pytest.mark.integration

DRIVER = """
import os, signal, sys
from pathlib import Path
import jobs.sdk.table as table
from jobs.pipeline import run_layer
from jobs.sdk.session import open_session
from jobs.sdk.settings import LakeSettings
from tests.jobs.town import town

lake, checkpoints, jars, locks, root, last = sys.argv[1:]
settings = LakeSettings(lake, checkpoints, Path(jars), town(Path(root)), Path(locks))
append = table.Lake.append

def append_and_die(self, frame, contract, transaction=None):
    append(self, frame, contract, transaction)
    if contract.name == last:
        os.kill(os.getpid(), signal.SIGKILL)

table.Lake.append = append_and_die
run_layer(open_session(settings), settings, "silver")
"""


@pytest.mark.parametrize("last_written", ["quality.batch_count", "silver.incident_report"])
def test_a_killed_driver_is_made_good_by_the_next_run(
    spark: SparkSession, settings: LakeSettings, repository: Path, last_written: str
) -> None:
    bronze = Bronze(Lake(spark, settings))
    bronze.tell([report(n % 40) for n in range(50)])
    bronze.tell([report(n, status_code="no such code") for n in range(60, 70)])
    arguments = [
        settings.lake_root,
        settings.checkpoint_root,
        str(settings.jars_dir),
        str(settings.lock_root),
        str(settings.city.root),
        last_written,
    ]
    killed = subprocess.run(
        [sys.executable, "-c", DRIVER, *arguments], cwd=repository, env={**os.environ}, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2_000:]
    assert totals(settings)["read_count"] == 60
    run_layer(spark, settings, "silver")
    assert len(stored_rows(settings, "silver.incident_report")) == 40
    assert len(stored_rows(settings, "quality.rejected_row")) == 10
    assert totals(settings) == {
        "read_count": 60,
        "accepted_count": 40,
        "duplicate_count": 10,
        "updated_count": 0,
        "rejected_count": 10,
    }
