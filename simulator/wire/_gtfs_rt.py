"""What the feeds of the buses have in common: names of lines, trips and stops, and the head of a state."""

from __future__ import annotations

from collections.abc import Sequence

from google.transit.gtfs_realtime_pb2 import FeedHeader, FeedMessage

from simulator.city import City


def line_id(line: int) -> str:
    """A line as every feed names it."""
    return f"L{line:02d}"


def trip_id(line: int, trip: int) -> str:
    """A trip of a day."""
    return f"{line_id(line)}-{trip:03d}"


def stop_id(line: int, stop: int) -> str:
    """A stop; the first has number 0."""
    return f"{line_id(line)}-S{stop + 1:02d}"


def new_feed(at: int) -> FeedMessage:
    """A whole state without entities yet."""
    feed = FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.incrementality = FeedHeader.FULL_DATASET
    feed.header.timestamp = at
    return feed


def told_ms(at: int) -> int:
    """An instant in milliseconds, which no reader may take for one in seconds."""
    return at * 1000


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The one state of a file."""
    return messages[0]
