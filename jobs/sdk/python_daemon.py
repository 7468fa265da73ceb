"""Spark's daemon of Python workers, with all that our functions need imported once: every worker is a fork of it.

A worker that begins bare imports for a second and a half before its first row, and a run of all layers starts a dozen.
"""

from __future__ import annotations

import gc

import pandas  # noqa: F401  (every function over Arrow needs it)
from pyspark.daemon import manager

import jobs.sdk.geocoding
import jobs.sdk.spatial  # noqa: F401

if __name__ == "__main__":
    # Workers collect garbage after each task: not among what they all share.
    gc.freeze()
    manager()  # type: ignore[no-untyped-call]
