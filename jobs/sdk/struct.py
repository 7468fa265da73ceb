"""Spark types of a contract's columns."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as t
from pyspark.sql.pandas.types import to_arrow_schema

from schemas.contract import ColumnType, TableContract

SPARK_TYPES: dict[ColumnType, t.DataType] = {
    ColumnType.STRING: t.StringType(),
    ColumnType.INTEGER: t.LongType(),
    ColumnType.DOUBLE: t.DoubleType(),
    ColumnType.BOOLEAN: t.BooleanType(),
    ColumnType.TIMESTAMP: t.TimestampType(),
    ColumnType.DATE: t.DateType(),
    ColumnType.BINARY: t.BinaryType(),
    ColumnType.INTEGER_LIST: t.ArrayType(t.LongType(), containsNull=True),
}


def struct_of(contract: TableContract) -> t.StructType:
    """Return the schema of a table; every column may be null, the contract's rules and gate say which must not be."""
    return t.StructType([t.StructField(c.name, SPARK_TYPES[c.type], True) for c in contract.columns])


def labelled(contract: TableContract) -> t.StructType:
    """Return the schema with the columns' labels as comments, as a table keeps it."""
    columns = zip(struct_of(contract), contract.columns, strict=True)
    return t.StructType([t.StructField(x.name, x.dataType, True, {"comment": c.label.en}) for x, c in columns])


def empty(session: SparkSession, struct: t.StructType) -> DataFrame:
    """Return a frame without rows that Spark's optimiser knows to be empty, so that a join with it costs nothing."""
    return session.createDataFrame(pa.Table.from_pylist([], to_arrow_schema(struct)), struct)
