"""What can be wrong with zones and features; the message names the one at fault and says what to do."""

from __future__ import annotations


class ZoneError(ValueError):
    """Zones that no index can be built from, or a stored index that cannot be read: repair the input, do not retry."""


class FeatureError(ValueError):
    """Features that no index can be built from, or a stored index of them that cannot be read: repair the input."""
