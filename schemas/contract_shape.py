"""The shape of contract and field files: every key an author may write, with one sentence for the editor."""

from __future__ import annotations

from schemas.label import LABEL_SHAPE
from schemas.rules import COLUMN_RULE_SHAPE, ROW_RULE_SHAPE, TYPE_SHAPE
from schemas.shape import Choice, Either, Flag, Key, ListOf, MapOf, Number, Record, Text, Whole

NAME = Text(r"[a-z][a-z0-9_]*", "occurred_at")
TABLE_NAME = Text(r"[a-z]+\.[a-z][a-z0-9_]*", "silver.incident_report")

FIELD_KEYS = {
    "type": Key(TYPE_SHAPE, "the column's type", required=False),
    "label": Key(LABEL_SHAPE, "the column's name as shown", required=False),
    "description": Key(LABEL_SHAPE, "what it holds, in one sentence", required=False),
    "required": Key(Flag(), "true when never null; false unless said", required=False),
    "origin": Key(Choice(("source", "platform")), "who fills it; source unless said", required=False),
    "unit": Key(Text(), "unit of a quantity, as shown", required=False),
    "codes": Key(NAME, "the code list its values come from", required=False),
    "personal_data": Key(Flag(), "true when it can identify a person; false unless said", required=False),
    "rules": Key(ListOf(COLUMN_RULE_SHAPE), "rules beside those that follow from the column itself", required=False),
}
FIELDS_SHAPE = Record({"fields": Key(MapOf(Record(FIELD_KEYS, (("type", "label", "description"),))),
                                     "columns shared by tables, by name")})
COLUMN_SHAPE = Record(
    {"use": Key(Text(r"[a-z]+\.[a-z][a-z0-9_]*", "incident.report_id"), "a shared field", required=False),
     "name": Key(NAME, "the column's name; that of the shared field unless said", required=False)} | FIELD_KEYS,
    (("use",), ("name", "type", "label", "description")),
)
METRIC_SHAPE = Record({
    "name": Key(NAME, "the metric's name"),
    "label": Key(LABEL_SHAPE, "its name as shown"),
    "description": Key(LABEL_SHAPE, "what it says and how it is read"),
    "expression": Key(Text(), "SQL aggregate that DuckDB and PostgreSQL both run"),
    "format": Key(Text(), "d3-format, such as `,d`; absent for a code", required=False),
    "unit": Key(Text(), "unit as shown", required=False),
    "codes": Key(NAME, "the code list of its values", required=False),
    "requires_grouping": Key(ListOf(NAME), "columns a query must group by or fix", required=False),
})
GATE_SHAPE = Record({
    "min_rows": Key(Whole(0), "fewest rows; 0 unless said", required=False),
    "completeness": Key(MapOf(Number(0, 1)), "column -> smallest share of non-null values", required=False),
    "references": Key(MapOf(Text(r"[a-z]+\.[a-z_0-9]+\.[a-z_0-9]+", "reference.zone.zone_id")),
                      "column -> table.column that holds its values", required=False),
    "max_rejected_ratio": Key(Number(0, 1), "greatest share of refused rows per source", required=False),
    "ranges": Key(MapOf(Record({"min": Key(Number(), "least value", required=False),
                                "max": Key(Number(), "greatest value", required=False)}, (("min",), ("max",)))),
                  "column -> bounds", required=False),
    "order": Key(ListOf(ListOf(NAME, 2, 2)), "pairs whose first may not exceed the second", required=False),
})
CONTRACT_SHAPE = Record({
    "name": Key(TABLE_NAME, "`<layer>.<table>`, equal to the place of the file"),
    "version": Key(Text(r"[0-9]+\.[0-9]+\.[0-9]+", "1.0.0"), "major.minor.patch"),
    "label": Key(LABEL_SHAPE, "the table's name as shown"),
    "description": Key(LABEL_SHAPE, "what the table is for"),
    "grain": Key(LABEL_SHAPE, "what one row is"),
    "purpose": Key(NAME, "why the law allows it: a code of schemas/purposes.yaml (the DPIA line)"),
    "access": Key(Choice(("open", "restricted", "isolated")), "who may read it"),
    "personal_data": Key(Flag(), "true when any column can identify a person"),
    "retention_days": Key(Either("unlimited", Whole(1)), "days a row is kept, or `unlimited`"),
    "key": Key(ListOf(NAME, 1), "columns that identify a row"),
    "version_by": Key(ListOf(NAME), "among rows of one key the greatest of these is kept", required=False),
    "write": Key(Choice(("append", "merge", "replace")), "how a batch enters the table"),
    "inputs": Key(ListOf(TABLE_NAME), "tables it is made from", required=False),
    "columns": Key(ListOf(COLUMN_SHAPE, 1), "the columns, in order"),
    "rules": Key(ListOf(ROW_RULE_SHAPE), "rules over several columns", required=False),
    "metrics": Key(ListOf(METRIC_SHAPE), "the figures computed from it", required=False),
    "explode": Key(Record({"column": Key(NAME, "a list column"), "alias": Key(NAME, "name of one element"),
                           "pad_with": Key(NAME, "column that counts further NULL rows", required=False)}),
                   "dataset view over a list column", required=False),
    "gate": Key(GATE_SHAPE, "what the finished table must satisfy", required=False),
})
