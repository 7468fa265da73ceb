"""Small cells never enter: not as a row, not in a dead letter, not in a message about why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.mobile_presence import MobilePresence
from connectors.sdk.errors import BadSetting
from connectors.sdk.judge import outcomes
from schemas.check import Violation

HEADER = "zone_code,period_start,period_end,present_count\n"
SLOT = "2026-09-01T20:00:00Z,2026-09-01T20:30:00Z"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("mobile_presence")


def travels(source: Any, content: bytes) -> bytes:
    """Everything that leaves for the broker: keys, values, headers."""
    messages = [outcome.message for outcome in source.outcomes(content)]
    return b"|".join(part for m in messages for part in (m.key, m.value, *(value for _, value in m.headers)))


@pytest.mark.parametrize("line", [
    f"A,{SLOT},17.170717", f'A,{SLOT},"17.170717"', f"A,{SLOT},about 17.170717", f"A,{SLOT},0017.170717",
    f"A,{SLOT},-17.170717", f"A,{SLOT}, 17.170717 ", f"A,{SLOT},17.170717 pers", "A,17.170717", f"A,{SLOT},9,17.170717",
    f"A\x00,{SLOT},17.170717", f'A,{SLOT},"17.170717', f"A,{SLOT},17.170717\udcff",
    "A,17.170717,2026-09-01T20:30:00Z,1834", "A,2026-09-01T20:30:00Z,17.170717,1834",
    f"17.170717,{SLOT.replace(',', ',A,')}",
    "17.170717,A,2026-09-01T20:00:00Z,2026-09-01T20:30:00Z", "A,17.170717,2026-09-01T20:30:00Z,<20",
])  # fmt: skip
def test_a_small_count_leaves_in_no_form(source: Any, line: str) -> None:
    content = (HEADER + line + "\n").encode("utf-8", "surrogateescape")
    made = list(source.outcomes(content))
    assert made
    assert not any(outcome.is_accepted for outcome in made)
    assert b"170717" not in travels(source, content)


def test_a_small_count_under_another_header_leaves_in_no_form(source: Any) -> None:
    content = f"zone_code,period_start,period_end,visitors\nA,{SLOT},17.170717\n".encode()
    assert b"170717" not in travels(source, content)


def test_a_file_that_cannot_be_used_at_all_leaves_in_no_form(source: Any) -> None:
    whole = Violation(rule="too_large", column="", value="", message="too large")
    payload = replace(source.payload(f"{HEADER}A,{SLOT},17.170717\n".encode()), refusal=whole)
    (outcome,) = outcomes(source.connector, payload)
    assert outcome.message.value == b"withheld\n"


def test_other_columns_are_cut_off(source: Any) -> None:
    content = f"zone_code,women,period_start,period_end,present_count\nA,3.170717,{SLOT},200\n".encode()
    (outcome,) = source.outcomes(content)
    assert outcome.is_accepted
    assert b"170717" not in travels(source, content)


@pytest.mark.parametrize(("cell", "state", "count"), [
    ("20", "measured", 20), ("417.6", "measured", 418), ("", "missing", None), ("<20", "suppressed", None),
    ("ND", "suppressed", None), ("*", "suppressed", None),
])  # fmt: skip
def test_what_has_no_count_says_why(source: Any, cell: str, state: str, count: int | None) -> None:
    ((_, row),) = source.read(f"{HEADER}A,{SLOT},{cell}\n".encode()).accepted
    assert (row["count_state_code"], row.get("counted_count")) == (state, count)


def test_a_refused_cell_stays_refused_when_it_is_read_again(source: Any) -> None:
    (outcome,) = source.outcomes(f"{HEADER}A,{SLOT},7\n".encode())
    kept = outcome.message.value.decode()
    assert kept == f"{HEADER}A,{SLOT},under k\n"
    assert [(v.rule, v.column) for v in source.connector.reread(kept).violations] == [("range", "present_count")]


def test_the_threshold_is_a_setting(source: Any) -> None:
    shipped = source.connector.source
    stricter = MobilePresence(replace(shipped, settings={"k_threshold": 100}), source.connector.city)
    payload = source.payload(f"{HEADER}A,{SLOT},99\nB,{SLOT},100\n".encode())
    assert [outcome.is_accepted for outcome in outcomes(stricter, payload)] == [False, True]
    for wrong in (1, "20", True, 2.5):
        with pytest.raises(BadSetting, match="k_threshold"):
            MobilePresence(replace(shipped, settings={"k_threshold": wrong}), source.connector.city)
