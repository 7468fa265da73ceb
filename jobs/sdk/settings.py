"""Where one city's lake lies and what a run may use of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.city import CityProfile


@dataclass(frozen=True)
class LakeSettings:
    """Everything a run has to be told; no job reads the environment.

    Attributes:
        lake_root: folder or object-store address of the city's Delta tables (`<lake_root>/<layer>/<table>`).
        checkpoint_root: folder or address of the streaming checkpoints, never shared between cities.
        jars_dir: folder of the Delta and Kafka jars that the session loads.
        city: profile of the one city whose lake this is.
        lock_root: local folder of the table locks; every process that writes this lake must name the same one.
        spark_master: Spark master address.
        kafka_bootstrap: `host:port` list of the broker, None when no step of the run reads topics.
        max_records_per_batch: back-pressure: the most Kafka records one ingest batch takes.
        max_files_per_batch: back-pressure: the most bronze files one conform batch takes.
        is_short_run: start fast rather than peak fast: the virtual machine compiles once and lightly. Measured here, a
            city's day takes a third less processor time; hours of heavy work are better off without.
        topic_refresh_seconds: how soon a continuous ingest sees a topic created after it started.
        is_isolated: whether this is the store of the isolated class, which holds its tables and no others.
    """

    lake_root: str
    checkpoint_root: str
    jars_dir: Path
    city: CityProfile
    lock_root: Path
    spark_master: str = "local[2]"
    kafka_bootstrap: str | None = None
    max_records_per_batch: int = 500_000
    max_files_per_batch: int = 1_000
    topic_refresh_seconds: int = 5
    is_short_run: bool = True
    is_isolated: bool = False

    def table_path(self, name: str) -> str:
        """Return the address of the Delta table `name` (`layer.table`)."""
        layer, _, table = name.partition(".")
        return f"{self.lake_root.rstrip('/')}/{layer}/{table}"

    def checkpoint_path(self, query: str) -> str:
        """Return the address of the checkpoint of the streaming query `query`."""
        return f"{self.checkpoint_root.rstrip('/')}/{query}"
