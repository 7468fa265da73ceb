"""Files: the source's recordings, or a drop folder, the setting ``folder`` (``url: file:///srv/drop`` is the same).

A file is complete when it has its final name: write it as ``name.part`` and rename it. Names that begin with a dot or
end in ``.part``, ``.tmp``, ``.crdownload`` or ``.filepart``, links, files younger than ``quiet_seconds`` and files that
change while they are read are left for the next round.

A bare name (``folder: decisions``) is a folder of this installation, which the platform's own commands write: it lies
under ``drop/<city>`` of ``home`` and is made when missing.
"""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from connectors.sdk.connector import FileConnector, SourceConnector, recordings_of
from connectors.sdk.element import MAX_DEAD_LETTER_BYTES, Payload
from connectors.sdk.errors import Skip
from connectors.sdk.formats.unpacking import MAX_MEMBERS, SUFFIXES, members
from connectors.sdk.transports.channel import too_large
from connectors.sdk.transports.options import Options
from connectors.sdk.transports.reading import Batch, Delivery, Reading
from schemas.check import Violation
from schemas.city import SourceSettings

MAX_REMEMBERED = 10_000
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
_DONE = "done"
_BARE_NAME = re.compile("[a-z0-9_]+", re.ASCII)


def batches(reading: Reading) -> Iterator[Batch]:
    """Files not read yet, one by one."""
    connector = reading.connector
    settings = connector.source.settings
    is_by_author = isinstance(connector, FileConnector) and "folder" not in settings and not _is_folder_address(reading)
    if reading.is_recorded or is_by_author:
        files = connector.files if isinstance(connector, FileConnector) else partial(recordings_of, connector)
        for payload in files(reading.since):
            if reading.stop.is_set():
                return
            yield [Delivery(payload, connector.offset_after(payload))]
        return
    yield from DropFolder(reading).batches()


def is_own_folder(source: SourceSettings) -> bool:
    """Whether the source is a folder of this installation: then none lives elsewhere that recordings stand for."""
    folder = source.settings.get("folder")
    return isinstance(folder, str) and _BARE_NAME.fullmatch(folder) is not None


def drop_folder(connector: SourceConnector) -> Path:
    """The folder that a source's files are dropped into; one of this installation is made when missing.

    Raises:
        BadSetting: it is neither a bare name nor a folder that exists.
    """
    options = Options(connector.source)
    folder = Path(_given(options))
    if is_own_folder(connector.source):
        folder = connector.home / "drop" / connector.city.city_id / folder
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_absolute() or not folder.is_dir():
        raise options.wrong(
            "folder",
            f"is {str(folder)!r}; expected an absolute path of a folder that exists, or a bare name of small letters, "
            "digits and _ for a folder of this installation",
        )
    return folder


def _given(options: Options) -> str:
    return options.text("folder") or unquote(options.text("url").removeprefix("file://"))


class Seen(NamedTuple):
    """A file that was read: its name, size, time of change and content."""

    name: str
    size: int
    changed_at: int
    payload_id: str


class DropFolder:
    """One folder that others put files into."""

    def __init__(self, reading: Reading) -> None:
        """Find the folder and what was read from it before.

        Raises:
            BadSetting: there is no such folder, or another setting cannot work.
        """
        options = reading.options
        self.reading = reading
        self.folder = drop_folder(reading.connector)
        self.pattern = options.text("pattern", "*")
        self.quiet_seconds = options.number("quiet_seconds", 2.0)
        self.is_moved = options.flag("move_done", False)
        self.unpacks = options.flag("unpack", reading.connector.unpacks)
        self.max_bytes = options.count("max_bytes", 512 * 1024 * 1024)
        self.max_members = options.count("max_members", MAX_MEMBERS)
        self.place = f"folder:{_given(options)}"
        self.seen = [Seen(*entry) for entry in reading.since.get(self.place, ())]

    def batches(self) -> Iterator[Batch]:
        """Files that are complete and new, the oldest first; each is moved once its records are safe."""
        for path in self._complete():
            if self.reading.stop.is_set():
                return
            before = path.stat()
            content, refusal = self._content(path, before.st_size)
            if (path.stat().st_size, path.stat().st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                continue
            facts = {"file": path.name}
            whole = Payload(content, f"file:{path.name}", datetime.now(UTC), metadata=facts, refusal=refusal)
            twin = next((one.name for one in self.seen if one.payload_id == whole.payload_id), None)
            self._remember(Seen(path.name, before.st_size, before.st_mtime_ns, whole.payload_id))
            if twin is None:
                yield from self._deliveries(whole)
            else:
                yield [Delivery(whole, self._remembered(), is_known=True)]
                if twin != path.name:
                    self.reading.tell(f"{path} has the content of {twin}, which was read before; it was not read again")
            if self.is_moved:
                self._move(path, whole.payload_id)

    def _complete(self) -> list[Path]:
        """Files to look into, in the order they were changed."""
        known = {one[:3] for one in self.seen}
        now = time.time()
        found: list[tuple[int, str, Path]] = []
        for path in self.folder.iterdir():
            name = path.name
            if name.startswith(".") or name.lower().endswith(_UNFINISHED) or not fnmatch.fnmatch(name, self.pattern):
                continue
            if path.is_symlink() or not path.is_file():
                continue
            facts = path.stat()
            is_young = 0 <= now - facts.st_mtime < self.quiet_seconds
            if not is_young and (name, facts.st_size, facts.st_mtime_ns) not in known:
                found.append((facts.st_mtime_ns, name, path))
        return [path for _, _, path in sorted(found)]

    def _content(self, path: Path, size: int) -> tuple[bytes, Violation | None]:
        with path.open("rb") as file:
            if size <= self.max_bytes:
                return file.read(self.max_bytes + 1), None
            return file.read(MAX_DEAD_LETTER_BYTES + 1), too_large(f"file:{path.name}", self.max_bytes)

    def _deliveries(self, whole: Payload) -> Iterator[Batch]:
        """The file, or the members of an archive; it is remembered with the last of them."""
        done = self._remembered()
        if whole.refusal or not self.unpacks or not whole.url.lower().endswith(SUFFIXES):
            yield [Delivery(whole, {**self.reading.remembered(whole), **done})]
            return
        last: Delivery | None = None
        for payload in self._members(whole):
            if last is not None:
                yield [last]
            last = Delivery(payload, self.reading.remembered(payload))
        if last is None:
            nothing = _refused(whole, Violation("unreadable", "", "", f"{whole.url} is an archive without any file"))
            last = Delivery(nothing, self.reading.remembered(nothing))
        last.offset = {**last.offset, **done}
        yield [last]

    def _members(self, whole: Payload) -> Iterator[Payload]:
        is_alone = whole.url.lower().endswith(".gz") and not whole.url.lower().endswith(".tar.gz")
        found = members(whole.content, url=whole.url, max_bytes=self.max_bytes, max_members=self.max_members)
        try:
            for name, content in found:
                url = whole.url if is_alone else f"{whole.url}/{name}"
                yield Payload(content, url, whole.collected_at, metadata={**whole.metadata, "member": name})
        except Skip as skip:
            yield _refused(whole, Violation(rule=skip.rule, column="", value="", message=str(skip)))

    def _remembered(self) -> dict[str, Any]:
        return {self.place: [list(one) for one in self.seen]}

    def _remember(self, one: Seen) -> None:
        """Add a file; forget the oldest that are over the limit and no longer there, then the oldest of all."""
        self.seen.append(one)
        while len(self.seen) > MAX_REMEMBERED:
            gone = next((old for old in self.seen if not (self.folder / old.name).exists()), self.seen[0])
            self.seen.remove(gone)

    def _move(self, path: Path, payload_id: str) -> None:
        target = self.folder / _DONE / path.name
        try:
            target.parent.mkdir(exist_ok=True)
            if target.exists():
                target = target.with_name(f"{payload_id}-{path.name}")
            path.rename(target)
        except OSError as error:
            self.reading.tell(f"{path} was read but cannot be moved to {target.parent} ({error.strerror}); move it")


def _refused(whole: Payload, violation: Violation) -> Payload:
    beginning = whole.content[: MAX_DEAD_LETTER_BYTES + 1]
    return Payload(beginning, whole.url, whole.collected_at, metadata=whole.metadata, refusal=violation)


def _is_folder_address(reading: Reading) -> bool:
    url = reading.connector.source.settings.get("url")
    return isinstance(url, str) and url.startswith("file://") and not reading.connector.source.recordings
