"""Into a drop folder, ``file:///srv/drop``: one file per message, complete when it has its final name."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from simulator.send import Address


class Sender:
    """One folder."""

    def __init__(self, address: Address) -> None:
        """Make the folder when it is absent."""
        self.address, self.folder, self.number = address, Path("/", address.path), count()
        self.folder.mkdir(parents=True, exist_ok=True)

    def send(self, content: bytes) -> None:
        """Write under another name first, so that nobody reads half a file."""
        name = f"simulated_{next(self.number):08d}{self.address.suffix}"
        part = self.folder / f"{name}.part"
        part.write_bytes(self.address.packed([content]))
        part.rename(self.folder / name)

    def close(self) -> None:
        """Nothing to end."""
