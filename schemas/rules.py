r"""The closed list of rules a row is judged by, and their exact meaning.

Two renderings exist: `schemas.check` in Python at the edge, `jobs.sdk.enforce` as Spark columns. Both must give one
verdict (rule and column) on one row; this page is what they are both written from.

**Text of a value.** A rule judges `as_text(value)`: null stays null; booleans are `true` / `false`; integers and floats
are their JSON text; a text is itself; lists and objects are compact JSON. In a source column the empty text is missing.

**What is judged.** `TableContract.rules` is the whole plan, implicit rules included, in the order of judgement: the
rules of each source column, then the rules over two columns. Per column the first failing rule is reported and the rest
are not judged; a rule other than `required` is not judged on a missing value. A rule over two columns is judged only
while neither has failed, and it is reported on its **first** column, which has then failed; its value is the two texts
joined by a comma, a missing one being empty. Violations come in that order; `unknown_column` comes last, in ascending
order of the column names, twenty at most. Only source columns are judged: a row that fills a platform column has an
unknown column.

**Types** (rule `type`), all patterns anchored at both ends:

* string: any text that can be written as UTF-8 (a lone surrogate fails);
* integer: `INTEGER_PATTERN` and within the signed 64-bit range;
* double: `DOUBLE_PATTERN` and finite once read as an IEEE 754 double;
* boolean: `BOOLEAN_PATTERN`;
* date: `DATE_PATTERN` and a day of the proleptic Gregorian calendar;
* timestamp: `TIMESTAMP_PATTERN` and an existing day. Digits after the sixth of a second are cut, not rounded. A text
  of `NAIVE_TIMESTAMP_PATTERN` (no offset) fails `time_zone` instead, whether or not its day exists.

**Rules with parameters.** `length`: number of Unicode code points <= `max`. `pattern`: the whole text matches. `range`
and `position_range`: integer columns compare integers, double columns compare doubles, both bounds included; either may
be absent. `code`: the text is one of `codes`, case matters. `time_window`: `earliest` <= instant <= collected_at +
`ahead_days` days of 24 h. `position_pair`: exactly one of the two is missing. `position_zero`: both equal 0 (`-0` too).
`position_bounds`: the pair lies outside west..east, south..north of the city (bounds included); not judged without
bounds. The three position rules are not judged when both are missing, the last two when one is missing. `order`: first
<= second, instants or numbers or days; not judged when one is missing.

Regular expressions use only what Python `re` and Java agree on, and ASCII digits explicitly. They end in `(?![\s\S])`
and not in `$`, which in both languages would let a final line break through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.shape import Choice, Key, ListOf, Number, Record, Text, Variant, Whole

END = r"(?![\s\S])"
_DAY = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
INTEGER_PATTERN = "^-?[0-9]{1,19}" + END
DOUBLE_PATTERN = r"^-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?" + END
BOOLEAN_PATTERN = "^(?:true|false)" + END
DATE_PATTERN = "^" + _DAY + END
TIMESTAMP_PATTERN = "^" + _DAY + "T" + _CLOCK + "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])" + END
NAIVE_TIMESTAMP_PATTERN = "^" + _DAY + "T" + _CLOCK + END

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
DEFAULT_MAX_LENGTH = 1000
"""Code points allowed in a string column whose contract says no `length` of its own and has no code list."""
DEFAULT_EARLIEST = "1990-01-01T00:00:00Z"
DEFAULT_AHEAD_DAYS = 1
VALUE_LIMIT = 500
"""Code points kept of a reported value."""
UNKNOWN_COLUMN_LIMIT = 20
"""Unknown columns reported per row."""

EDGE_RULES = ("unreadable", "too_large", "shape", "forbidden")
"""Judged by connectors on bytes and elements, before there is a row."""
ROW_RULES = (
    "unknown_column", "required", "type", "length", "pattern", "range", "code", "time_zone", "time_window",
    "position_pair", "position_range", "position_zero", "position_bounds", "order",
)
"""Judged on rows, in both renderings."""
RULE_CODES = EDGE_RULES + ROW_RULES


@dataclass(frozen=True)
class Rule:
    """One rule of a contract, ready to be rendered.

    Attributes:
        code: one of `ROW_RULES`.
        columns: the columns it judges; one, except for `position_*` pairs and `order`.
        params: `type`: {"type"}; `length`: {"max"}; `pattern`: {"pattern"} (anchored); `range`, `position_range`:
            {"min", "max"} (either may be absent); `code`: {"list", "codes"}; `time_window`: {"earliest", "ahead_days"}.
        path: the file that says so.
        line: its line.
    """

    code: str
    columns: tuple[str, ...]
    params: Mapping[str, object]
    path: Path
    line: int


_TAG = Key(Text(), "the rule's code")
_INSTANT = Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "1990-01-01T00:00:00Z")

COLUMN_RULE_SHAPE = Variant("rule", {
    "length": Record({"rule": _TAG, "max": Key(Whole(1), "most code points allowed")}),
    "pattern": Record({"rule": _TAG, "pattern": Key(Text(), "regular expression the whole text must match")}),
    "range": Record(
        {"rule": _TAG, "min": Key(Number(), "least value allowed", required=False),
         "max": Key(Number(), "greatest value allowed", required=False)},
        alternatives=(("min",), ("max",)),
    ),
    "position_range": Record({"rule": _TAG, "min": Key(Number(), "least degree"),
                              "max": Key(Number(), "greatest degree")}),
    "time_window": Record({
        "rule": _TAG,
        "earliest": Key(_INSTANT, "first instant allowed, UTC", required=False),
        "ahead_days": Key(Number(0), "days allowed after collection", required=False),
    }),
})
"""What a column may say under `rules`; `required`, `type`, `code` follow from the column itself."""

ROW_RULE_SHAPE = Variant("rule", {
    code: Record({"rule": _TAG, "columns": Key(ListOf(Text(), 2, 2), what)})
    for code, what in {
        "position_pair": "longitude and latitude, in this order",
        "position_zero": "longitude and latitude, in this order",
        "position_bounds": "longitude and latitude, in this order",
        "order": "the column that may not be greater, then the other",
    }.items()
})
"""What a table may say under `rules`."""

TYPE_SHAPE = Choice(("string", "integer", "double", "boolean", "timestamp", "date", "binary", "integer_list"))


def anchored(pattern: str) -> str:
    """Make an author's expression match the whole text and nothing after it, in Python and in Java."""
    return f"^(?:{pattern}){END}"
