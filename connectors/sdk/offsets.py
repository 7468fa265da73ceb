"""How far each source has been read, kept in one small JSON file per connector."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from connectors.sdk.connector import Offset
from connectors.sdk.errors import OffsetsDamaged


@dataclass(frozen=True)
class OffsetStore:
    """Offsets of the connectors of one city, in one folder."""

    root: Path

    def path(self, connector: str) -> Path:
        """The file of one connector."""
        return self.root / f"{connector}.json"

    def load(self, connector: str) -> Offset:
        """The offset last committed; empty when the source was never read.

        Raises:
            OffsetsDamaged: the file is there but is no JSON object. It is never taken for an empty one: that
                would read the source again from its beginning without a word.
        """
        path = self.path(connector)
        try:
            found = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise OffsetsDamaged(_damaged(path, str(error))) from None
        if not isinstance(found, dict):
            raise OffsetsDamaged(_damaged(path, f"a {type(found).__name__}"))
        return found

    def commit(self, connector: str, offset: Offset) -> None:
        """Replace the offset atomically: after a crash the file holds the old or the new one whole."""
        self.root.mkdir(parents=True, exist_ok=True)
        # Without indentation, which is written ten times slower: a folder's offset holds every file of it.
        write_atomically(self.path(connector), json.dumps(offset, sort_keys=True).encode())

    def forget(self, connector: str) -> None:
        """Drop the offset: the source is read again from its beginning; records told again are duplicates."""
        self.path(connector).unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the file, flush to disk, then take its place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _damaged(path: Path, found: str) -> str:
    return (
        f"{path} is not an offset file: found {found}, expected a JSON object. Restore it, or delete it to read "
        "the source again from the beginning (nothing doubles: records told again are counted as duplicates)"
    )
