"""The one Spark application of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.sdk.errors import ConfigurationError
from jobs.sdk.settings import LakeSettings

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
TABLES_AT_ONCE = 3
"""Tables that a layer works on side by side: planning one leaves the cores to another."""

_CONF = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.python.daemon.module": "jobs.sdk.python_daemon",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.streaming.stopTimeout": "60000",
    # The virtual machine compiles no method above 8000 bytes: Spark must split sooner, or wide rows are interpreted.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # Batches repeat the same plans; the default of 100 classes makes each batch compile its own again.
    "spark.sql.codegen.cache.maxEntries": "2000",
    # Plans of contracts are wide, and their text is built for every query though nobody reads it here.
    "spark.sql.maxPlanStringLength": "2000",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.debug.maxToStringFields": "5",
    # Each task writes and looks up its generated code anew: small files are better read many to a task.
    "spark.sql.files.openCostInBytes": "524288",
}
_LOCAL = {
    # All share this heap; three tables sorted at once run out of the default of 1 GiB.
    "spark.driver.memory": "2g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    # Plans again after every shuffle, to find the number of partitions and the broadcasts that are said here already.
    "spark.sql.adaptive.enabled": "false",
}
"""Of a master on this machine; on a cluster Spark finds these itself, from its data and its own configuration."""

# A batch wants throughput: no collector that works beside it. Classes of generated code soon outgrow the first mark at
# which room for classes is collected, with all of the heap.
_MACHINE = "-XX:+UseParallelGC -XX:MetaspaceSize=400m"
# The light compiler alone reserves 48 MiB for its code, which one run of all layers fills.
_SHORT_RUN = " -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"


def open_session(settings: LakeSettings) -> SparkSession:
    """Start (or return) the Spark session of this process.

    Starting the JVM takes about ten seconds, so a run opens one session and does all its layers in it. Stop it with
    `session.stop()`, or use `running_session`.

    Raises:
        ConfigurationError: the folder of jars is missing or empty.
    """
    jars = sorted(settings.jars_dir.glob("*.jar"))
    if not jars:
        raise ConfigurationError(
            f"no jar in {settings.jars_dir}: Spark needs the Delta and Kafka jars there. Run `make setup`."
        )
    # Python workers must be the interpreter of the driver and must be able to import this repository.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    search = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(REPOSITORY_ROOT) not in search:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY_ROOT), *filter(None, search)])
    builder: SparkSession.Builder = SparkSession.builder
    builder = builder.appName(f"vigie-{settings.city.city_id}").master(settings.spark_master)
    builder = builder.config("spark.jars", ",".join(str(jar) for jar in jars))
    builder = builder.config("spark.executorEnv.PYTHONPATH", str(REPOSITORY_ROOT))
    builder = builder.config("spark.sql.warehouse.dir", str(settings.lock_root / "warehouse"))
    options = _MACHINE + (_SHORT_RUN if settings.is_short_run else "")
    builder = builder.config("spark.driver.extraJavaOptions", options)
    for key, value in configuration(settings.spark_master).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def configuration(spark_master: str) -> dict[str, str]:
    """Return Spark's settings for a master, without those that depend on the place of this project."""
    return {**_CONF, **(_LOCAL if spark_master.startswith("local") else {})}


@contextmanager
def running_session(settings: LakeSettings) -> Iterator[SparkSession]:
    """Open the session for one run and stop it whatever happens."""
    session = open_session(settings)
    try:
        yield session
    finally:
        session.stop()
