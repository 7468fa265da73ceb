"""The few file operations runs need beside tables, on whatever file system a checkpoint root names."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


class Files:
    """Existence, removal and renaming through Hadoop's file systems: a local folder or an object store."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def exists(self, path: str) -> bool:
        """Say whether a file or folder is there."""
        system, place = self._at(path)
        return bool(system.exists(place))

    def holds_files(self, path: str) -> bool:
        """Say whether the folder is there and not empty."""
        system, place = self._at(path)
        return bool(system.exists(place)) and len(system.listStatus(place)) > 0

    def names(self, path: str) -> list[str]:
        """Return the names of the files and folders in a folder."""
        system, place = self._at(path)
        return [str(entry.getPath().getName()) for entry in system.listStatus(place)]

    def remove(self, path: str) -> None:
        """Remove a file or a whole folder; nothing there is fine."""
        system, place = self._at(path)
        system.delete(place, True)

    def move(self, source: str, target: str) -> None:
        """Rename a file or folder; the target must not exist."""
        system, place = self._at(source)
        _, new_place = self._at(target)
        system.mkdirs(new_place.getParent())
        if not system.rename(place, new_place):
            raise OSError(f"could not rename {source} to {target}: expected the first to exist and the second not to")

    def touch(self, path: str) -> None:
        """Make an empty file."""
        system, place = self._at(path)
        system.mkdirs(place.getParent())
        system.create(place, True).close()

    def _at(self, path: str) -> tuple[Any, Any]:
        context = self._session.sparkContext
        jvm = context._jvm
        assert jvm is not None
        place = jvm.org.apache.hadoop.fs.Path(path)
        return place.getFileSystem(context._jsc.hadoopConfiguration()), place
