"""Which tests run in one process when several run side by side (`pytest -n 2 --dist loadfile`), and what comes first.

The tests of a file stay together, and so do the files that share a costly part: a second process would start it again.
Costly parts come first and the many small files last, so that the processes end together.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

SHARED_PARTS = {
    "Spark": ("tests/jobs/",),
    "Airflow": ("tests/dags/",),
    "the checked demonstration": ("tests/vigie/test_demo.py", "tests/notebooks/"),
    "the demonstration that is looked at": ("tests/e2e/",),
    "Superset": ("tests/dashboards/test_superset", "tests/dashboards/test_browser", "tests/dashboards/test_mark"),
    "message servers": ("tests/connectors/sdk/transports/", "tests/simulator/test_live.py"),
    "whole recordings, each read once": ("tests/connectors/test_",),
}
"""Beginnings of the paths of the tests that share a part, the longest work first."""


def place(nodeid: str) -> tuple[int, str]:
    """Rank and name of the group that a test is in: its part, or its file."""
    for rank, (part, beginnings) in enumerate(SHARED_PARTS.items()):
        if nodeid.startswith(beginnings):
            return rank, part
    return len(SHARED_PARTS), nodeid.partition("::")[0]


class SideBySide(LoadFileScheduling):
    """Hands whole groups to the processes, in the order of the collection."""

    def schedule(self) -> None:
        """Begin, without the reordering by number of tests: one demonstration is longer than a thousand small tests."""
        self.config.option.loadscopereorder = False
        super().schedule()

    def remove_node(self, node: WorkerController) -> str | None:
        """Give back what a lost process had left, without the test that it died of: that one would end the next too."""
        left = self.assigned_work.get(node, {})
        died_of = next((nodeid for unit in left.values() for nodeid, is_done in unit.items() if not is_done), None)
        for unit in left.values():
            if died_of in unit:
                unit[died_of] = True
        super().remove_node(node)
        return died_of

    def _split_scope(self, nodeid: str) -> str:
        return place(nodeid)[1]


def in_order(items: list[pytest.Item]) -> None:
    """Sort a collection: costly parts first, otherwise as it is."""
    items.sort(key=lambda item: place(item.nodeid)[0])
