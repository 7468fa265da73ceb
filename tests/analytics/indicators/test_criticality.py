from __future__ import annotations

import numpy as np
import pytest

from analytics.indicators import criticality_level, recurrence_level


def test_level_is_the_number_of_thresholds_reached_and_one_below_the_first() -> None:
    counts = [0, 1, 2, 3, 7, 8, 19, 20, 500]
    assert recurrence_level(counts, (2, 3, 8, 20)).tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("thresholds", [(1, 2, 3), (1, 2, 2, 3), (4, 3, 2, 1)])
def test_thresholds_that_do_not_ascend_are_refused(thresholds: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="four different counts in ascending order"):
        recurrence_level([1], thresholds)


def test_matrix_has_the_sixteen_published_cells() -> None:
    nature, recurrence = np.meshgrid([1, 2, 3, 4], [1, 2, 3, 4], indexing="ij")
    assert criticality_level(nature, recurrence).tolist() == [
        [1, 1, 2, 2],
        [1, 2, 3, 3],
        [2, 3, 3, 4],
        [2, 3, 4, 4],
    ]


@pytest.mark.parametrize(("nature", "recurrence"), [(0, 1), (5, 1), (1, 0), (1, 5)])
def test_level_outside_one_to_four_is_refused(nature: int, recurrence: int) -> None:
    with pytest.raises(ValueError, match="expected 1 to 4"):
        criticality_level([nature], [recurrence])
