"""What can be wrong with zones; the message names the zone and says what to do."""

from __future__ import annotations


class ZoneError(ValueError):
    """Zones that no index can be built from, or a stored index that cannot be read: repair the input, do not retry."""
