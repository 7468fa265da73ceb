"""Bronze to silver, for every entity alike: nothing here knows one table or one source from another.

Each batch of bronze records is parsed, judged by its contract's rules, given category, local day, zone and H3 cell,
reduced to the latest version per key and merged; refused records go to `quality.rejected_row`, and every record is
accounted for in `quality.batch_count`. A batch killed anywhere and run again leaves the same tables: counts are taken
against the tables as they were and written first, and every later write changes nothing when it is done twice.
"""

from __future__ import annotations

import threading

from pyspark.sql import DataFrame

from jobs.batch import BATCH_COUNT, ConformBatch
from jobs.reference.zone import zones_of
from jobs.sdk.entity import Geography
from jobs.sdk.errors import CheckpointError, JobError
from jobs.sdk.files import Files
from jobs.sdk.filled import BRONZE, filled_by_bronze
from jobs.sdk.geocoding import broadcast_gazetteer
from jobs.sdk.rejected import TABLE as REJECTED_ROW
from jobs.sdk.settings import LakeSettings
from jobs.sdk.spatial import broadcast_zones
from jobs.sdk.stream import Progress, RunningStream, known_failure, refuse_missing_checkpoint, stopping_on_signals
from jobs.sdk.table import Lake
from schemas.contract import load

QUERY = "conform"
REBUILD = "rebuild"
REPAIR = "Rebuild silver from bronze: `vigie rebuild silver`."


def written_tables() -> tuple[str, ...]:
    """Name every table this step writes."""
    return (*(contract.name for contract in filled_by_bronze()), REJECTED_ROW, BATCH_COUNT)


def conform(
    lake: Lake,
    settings: LakeSettings,
    *,
    continuous: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Bring what is new in bronze into silver and return the number of bronze records read.

    Available-now reads what is there and ends; continuous runs until `stop` is set or SIGTERM arrives.

    Raises:
        CheckpointError: silver is filled but the stream's checkpoint is gone, or a rebuild was interrupted.
        AccountingError: the records of a batch do not add up.
    """
    with lake.locked(*written_tables()):
        stream = start_conform(lake, settings, continuous=continuous, progress=progress)
        if not continuous:
            return stream.wait()
        with stopping_on_signals(stop or threading.Event()) as stopped:
            return stream.wait(stopped)


def start_conform(
    lake: Lake, settings: LakeSettings, *, continuous: bool, progress: Progress | None = None
) -> RunningStream:
    """Start the query; the caller holds the locks of `written_tables` until it has stopped."""
    checkpoint = settings.checkpoint_path(QUERY)
    if Files(lake.session).exists(swap_marker(settings)):
        raise CheckpointError(
            f"{QUERY}: a rebuild of silver was interrupted while its tables were being put in place "
            f"({swap_marker(settings)}); some tables are new and some old. {REPAIR}"
        )
    refuse_missing_checkpoint(
        lake.session,
        checkpoint,
        query=QUERY,
        table=BATCH_COUNT,
        has_rows=lake.exists(BATCH_COUNT) and not lake.read(BATCH_COUNT).isEmpty(),
        fix=REPAIR,
    )
    return start_batches(lake, settings, lake, checkpoint, continuous=continuous, progress=progress)


def swap_marker(settings: LakeSettings) -> str:
    """Return the address of the file that is there while a rebuild puts its tables in place."""
    return settings.checkpoint_path(REBUILD) + "-putting-in-place"


def start_batches(
    bronze: Lake,
    settings: LakeSettings,
    target: Lake,
    checkpoint: str,
    *,
    continuous: bool,
    progress: Progress | None = None,
    received: str = BRONZE,
) -> RunningStream:
    """Start the query from `bronze` into the tables of `target` (another lake while rebuilding)."""
    if not bronze.exists(received):  # a running ingest holds its lock for as long as it runs
        bronze.create(load(received))
    city = settings.city
    zones = broadcast_zones(bronze.session, zones_of(city))
    geography = Geography(zones, broadcast_gazetteer(bronze.session, city.gazetteer))
    failed: list[JobError] = []

    def conform_batch(frame: DataFrame, batch_id: int) -> None:
        inside = Lake(frame.sparkSession, target.settings)
        query_id = frame.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId") or checkpoint
        try:
            ConformBatch(inside, city, geography, query_id, batch_id, received).run(frame)
        except JobError as error:
            failed.append(error)  # Spark keeps only its text
            raise

    source = bronze.session.readStream.format("delta").option("maxFilesPerTrigger", settings.max_files_per_batch)
    # Retention deletes rows of bronze; they are in silver already and must not come back as changes.
    records = source.option("skipChangeCommits", "true").load(bronze.path(received))
    writer = records.writeStream.option("checkpointLocation", checkpoint).queryName(QUERY).foreachBatch(conform_batch)
    writer = writer if continuous else writer.trigger(availableNow=True)

    def explain(error: Exception) -> JobError | None:
        return failed[0] if failed else known_failure(error, query=QUERY, checkpoint=checkpoint)

    return RunningStream(QUERY, writer.start(), explain, progress)
