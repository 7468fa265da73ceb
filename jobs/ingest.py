"""Topics to bronze: one streaming query keeps everything that was published, exactly once.

Every topic `urban.<connector>` and `dlq.urban.<connector>` is read by one query into `bronze.record` through Delta's
own sink, so the checkpoint and the table agree after any crash. A record of a foreign producer (no `ce_*` headers, or
a value that is not an envelope) is kept too, as refused under the rule `shape`: it never stops the stream.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from jobs.sdk.errors import ConfigurationError, JobError
from jobs.sdk.settings import LakeSettings
from jobs.sdk.stream import Progress, RunningStream, known_failure, refuse_missing_checkpoint, stopping_on_signals
from jobs.sdk.table import PARTITIONS, Lake
from schemas.contract import TableContract, load

TABLE = "bronze.record"
BROKER_TIMEOUT_MS = 15_000
FETCH_WAIT_MS = 20
"""How long the broker may hold a fetch for which it has nothing. Spark asks only for records that are there, but each
consumer fetches ahead of itself and its next question waits behind that fetch: unless said, for half a second."""


@dataclass(frozen=True)
class Intake:
    """Which topics go into which table.

    Attributes:
        table: the table of received records.
        query: name of the stream and of its checkpoint.
        prefix: first part of the topics, `<prefix>.<connector>` and `dlq.<prefix>.<connector>`.
        wanted: of the rows made, those that may be kept; all when None.
    """

    table: str = TABLE
    query: str = "ingest"
    prefix: str = "urban"
    wanted: Column | None = None


OPEN = Intake()


def ingest(
    lake: Lake,
    settings: LakeSettings,
    *,
    intake: Intake = OPEN,
    continuous: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Read the topics into their table, `bronze.record` unless told otherwise, and return the number of records read.

    Available-now reads what is there and ends; continuous runs until `stop` is set or SIGTERM arrives.

    Raises:
        ConfigurationError: no broker address, no answer from it, or no topic at all.
        CheckpointError: the table has rows but the stream's checkpoint is gone.
        DataLossError: Kafka dropped records that were never read.
    """
    with lake.locked(intake.table):
        stream = start_ingest(lake, settings, intake=intake, continuous=continuous, progress=progress)
        if not continuous:
            return stream.wait()
        with stopping_on_signals(stop or threading.Event()) as stopped:
            return stream.wait(stopped)


def start_ingest(
    lake: Lake,
    settings: LakeSettings,
    *,
    intake: Intake = OPEN,
    continuous: bool,
    progress: Progress | None = None,
) -> RunningStream:
    """Start the query; the caller holds the lock of its table until it has stopped."""
    contract = load(intake.table)
    checkpoint = settings.checkpoint_path(intake.query)
    require_topics(lake.session, settings, intake.prefix)
    refuse_missing_checkpoint(
        lake.session,
        checkpoint,
        query=intake.query,
        table=intake.table,
        has_rows=lake.exists(intake.table) and not lake.read(intake.table).isEmpty(),
        fix="Restore the checkpoint from a copy, or move the lake aside and ingest again from the topics.",
    )
    lake.create(contract)
    records = _kafka_records(lake.session, settings, intake.prefix)
    rows = bronze_rows(records, contract, settings.city.city_id, intake.prefix)
    rows = rows if intake.wanted is None else rows.where(intake.wanted)
    writer = rows.writeStream.format("delta").option("checkpointLocation", checkpoint).queryName(intake.query)
    writer = writer.partitionBy(*PARTITIONS[intake.table])
    writer = writer if continuous else writer.trigger(availableNow=True)

    def explain(error: Exception) -> JobError | None:
        return known_failure(error, query=intake.query, checkpoint=checkpoint)

    return RunningStream(intake.query, writer.start(lake.path(intake.table)), explain, progress)


def _kafka_records(session: SparkSession, settings: LakeSettings, prefix: str) -> DataFrame:
    reader = session.readStream.format("kafka").option("kafka.bootstrap.servers", settings.kafka_bootstrap or "")
    reader = reader.option("subscribePattern", rf"(dlq\.)?{prefix}\..*").option("includeHeaders", "true")
    reader = reader.option("startingOffsets", "earliest").option("failOnDataLoss", "true")
    reader = reader.option("maxOffsetsPerTrigger", settings.max_records_per_batch)
    reader = reader.option("kafka.fetch.max.wait.ms", FETCH_WAIT_MS)
    return reader.option("kafka.metadata.max.age.ms", settings.topic_refresh_seconds * 1_000).load()


def bronze_rows(records: DataFrame, contract: TableContract, city_id: str, prefix: str = OPEN.prefix) -> DataFrame:
    """Turn Kafka records (key, value, topic, partition, offset, timestamp, headers) into rows of received records.

    Records that name another city are that city's: its own lake keeps them. A foreign record names none and is kept.
    """
    # make_valid_utf8: bytes of a foreign encoding must not make a Parquet text that other engines refuse to read.
    text = f.make_valid_utf8(f.col("value").cast("string"))
    opened = records.select(
        "topic",
        "partition",
        "offset",
        f.col("timestamp").alias("kafka_at"),
        f.make_valid_utf8(f.col("key").cast("string")).alias("message_key"),
        text.alias("text"),
        f.map_from_entries("headers").alias("h"),
        f.col("topic").startswith("dlq.").alias("is_dead_letter"),
        f.regexp_replace("topic", rf"^(dlq\.)?{prefix}\.", "").alias("topic_source"),
    )
    envelope = f.from_json(f.col("text"), "row string, raw string")
    opened = opened.withColumn("envelope", f.when(~f.col("is_dead_letter"), envelope))
    opened = opened.withColumn("problem", _envelope_problem())
    mine = _header("ce_source").startswith(f"urn:vigie:{city_id}:")
    # Cheap first: the condition is judged before the columns above are kept, and would open each envelope once more.
    opened = opened.where(f.coalesce(mine, f.lit(False)) | f.col("problem").isNotNull())
    columns = _columns(city_id, contract.name)
    made = opened.select(*(expression.alias(name) for name, expression in columns.items()))
    return made.select(*contract.column_names)


def _header(name: str) -> Column:
    return f.make_valid_utf8(f.try_element_at(f.col("h"), f.lit(name)).cast("string"))


def _envelope_problem() -> Column:
    """Say what is wrong with the envelope, None when it is a record of one of our connectors."""
    # Compiled with its surroundings, as functions over arrays are not: this is asked of every record.
    lacking = f.concat_ws(
        ", ",
        *(
            f.when(_header(name).isNull() | (_header(name) == ""), f.lit(name))
            for name in ("ce_id", "ce_source", "ce_type", "ce_time")
        ),
    )
    row = f.col("envelope.row")
    return f.when(
        lacking != "",
        f.concat(
            f.lit("the record lacks the headers "),
            lacking,
            f.lit(": expected a record of a Vigie connector. Publish through the connector SDK."),
        ),
    ).when(
        ~f.col("is_dead_letter") & (row.isNull() | ~f.ltrim(row).startswith("{")),
        f.lit(
            'the value is not an envelope: expected {"row": {...}, "raw": "..."} in UTF-8. '
            "Publish through the connector SDK."
        ),
    )


def _columns(city_id: str, table: str) -> dict[str, Column]:
    foreign = f.col("problem").isNotNull()
    refused = foreign | f.col("is_dead_letter")
    shape = f.to_json(
        f.array(
            f.struct(
                f.lit("shape").alias("rule"),
                f.lit("").alias("column"),
                f.coalesce(f.substring("text", 1, 500), f.lit("")).alias("value"),
                f.col("problem").alias("message"),
            )
        )
    )
    place = f.concat_ws("|", f.col("topic"), f.col("partition"), f.col("offset"))
    contract_of_type = f.regexp_replace(_header("ce_type"), r"^vigie\.", "")
    return {
        "record_id": f.when(foreign, f.substring(f.sha2(place, 256), 1, 32)).otherwise(_header("ce_id")),
        "source_id": f.when(foreign, f.concat(f.lit(f"urn:vigie:{city_id}:"), "topic_source")).otherwise(
            _header("ce_source")
        ),
        "contract_name": f.when(foreign, f.lit(table)).otherwise(contract_of_type),
        "contract_version": f.when(~foreign, _version()),
        "outcome_code": f.when(refused, f.lit("refused")).otherwise(f.lit("accepted")),
        "topic": f.col("topic"),
        "partition": f.col("partition").cast("bigint"),
        "offset": f.col("offset").cast("bigint"),
        "message_key": f.col("message_key"),
        "row_json": f.when(~refused, f.col("envelope.row")),
        "raw": f.when(refused, f.col("text")).otherwise(f.col("envelope.raw")),
        "violations_json": f.when(foreign, shape).when(refused, _header("__dlq.errors.violations")),
        "payload_id": _header("ce_payloadid"),
        "element_index": _header("ce_elementindex").try_cast("bigint"),
        "payload_url": _header("ce_payloadurl"),
        "collected_at": f.coalesce(_header("ce_time").try_cast("timestamp"), f.col("kafka_at")),
        "kafka_at": f.col("kafka_at"),
        "ingest_date": f.to_date("kafka_at"),
    }


def _version() -> Column:
    return f.regexp_extract(_header("ce_dataschema"), r"@(.+)$", 1)


def require_topics(session: SparkSession, settings: LakeSettings, prefix: str = OPEN.prefix) -> None:
    """Check that the broker answers and has a topic to read.

    Raises:
        ConfigurationError: no address, no answer, or no topic.
    """
    address = settings.kafka_bootstrap
    if not address:
        raise ConfigurationError("ingest has no broker address: set `kafka_bootstrap` (VIGIE_KAFKA_BOOTSTRAP).")
    jvm = session.sparkContext._jvm
    assert jvm is not None
    wanted = {"bootstrap.servers": address, "request.timeout.ms": "5000", "default.api.timeout.ms": "15000"}
    properties = jvm.java.util.Properties()
    for key, value in wanted.items():
        properties.setProperty(key, value)
    try:
        admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(properties)
        try:
            unit = jvm.java.util.concurrent.TimeUnit.MILLISECONDS
            names = [str(name) for name in admin.listTopics().names().get(BROKER_TIMEOUT_MS, unit)]
        finally:
            admin.close(jvm.java.time.Duration.ofSeconds(1))
    except Exception as error:
        raise ConfigurationError(
            f"no Kafka broker answers at {address}: expected one to read topics from. Start it (`vigie up`), or "
            "correct `kafka_bootstrap`."
        ) from error
    if not any(name.startswith((f"{prefix}.", f"dlq.{prefix}.")) for name in names):
        raise ConfigurationError(
            f"the broker at {address} has no topic {prefix}.* yet, so there is nothing to ingest. Run a connector "
            "first: `vigie connectors run <connector>`."
        )
