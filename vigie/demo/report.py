"""The tables at the end of a demonstration: what became of every row, and what each layer took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from vigie import lake, screen

if TYPE_CHECKING:
    from jobs.pipeline import LayerReport
    from vigie.demo.simulated import Carried

_PER_SOURCE = """
select source_id, contract_name, sum(read_count)::bigint, sum(accepted_count)::bigint, sum(rejected_count)::bigint,
       sum(duplicate_count)::bigint
from quality.batch_count group by all order by all
"""


@dataclass(frozen=True)
class SourceCount:
    """What became of the rows of one source; read is accepted + rejected + duplicates."""

    source_id: str
    contract_name: str
    read: int
    accepted: int
    rejected: int
    duplicates: int

    @property
    def is_balanced(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.accepted + self.rejected + self.duplicates


def source_counts(lake_root: str) -> tuple[SourceCount, ...]:
    """The accounting of the lake, per source and contract, as the jobs wrote it."""
    return tuple(SourceCount(*row) for row in lake.query(lake_root, _PER_SOURCE).rows)


def print_carried(carried: Sequence[Carried]) -> None:
    """Print what each simulated source was told and read through, when there is any."""
    if not carried:
        return
    screen.print_table(
        ("source", "transport", "messages", "payloads sent", "received", "rows read", "all received"),
        [
            [
                each.source,
                each.transport if each.transport == each.usual else f"{each.transport} (in place of {each.usual})",
                *(each.messages, each.sent, each.received, each.rows),
                "yes" if each.is_whole else "NO",
            ]
            for each in carried
        ],
        title="Every message of every simulated source",
    )


def print_report(counts: Sequence[SourceCount], layers: Sequence[LayerReport]) -> None:
    """Print both tables."""
    screen.print_table(
        ("source", "contract", "read", "accepted", "rejected", "duplicates", "read = sum"),
        [
            [each.source_id.rpartition(":")[2], *astuple(each)[1:], "yes" if each.is_balanced else "NO"]
            for each in counts
        ],
        title="Every row of every source",
    )
    screen.print_table(
        ("layer", "rows", "seconds"),
        [[each.layer, sum(table.rows for table in each.tables), round(each.seconds, 1)] for each in layers],
        title="Layers",
    )
