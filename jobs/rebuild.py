"""Silver made again from bronze: the same rows, counts included, and the present category maps and zones."""

from __future__ import annotations

import dataclasses

from jobs.conform import QUERY, REBUILD, start_batches, swap_marker, written_tables
from jobs.sdk.files import Files
from jobs.sdk.settings import LakeSettings
from jobs.sdk.stream import Progress
from jobs.sdk.table import Lake
from schemas.contract import load


def rebuild(lake: Lake, settings: LakeSettings, progress: Progress | None = None) -> int:
    """Make silver, the rejected rows and the accounts again from all of bronze; return the records read.

    The tables are made aside, then each takes the place of the old one in one commit, and last the new checkpoint the
    place of the old. Readers see the old tables until then. A rebuild cut off anywhere is done again by calling it
    again; until then `conform` refuses to go on from a half-replaced state.

    Raises:
        TableLockedError: another process writes silver, for instance a continuous run.
    """
    files = Files(lake.session)
    aside = dataclasses.replace(settings, lake_root=f"{settings.lake_root.rstrip('/')}/_{REBUILD}")
    checkpoint = settings.checkpoint_path(REBUILD)
    with lake.locked(*written_tables()):
        files.remove(checkpoint)
        files.remove(aside.lake_root)
        made = Lake(lake.session, aside)
        read = start_batches(lake, settings, made, checkpoint, continuous=False, progress=progress).wait()
        files.touch(swap_marker(settings))
        for name in written_tables():
            if made.exists(name) or lake.exists(name):
                lake.replace(made.read(name), load(name))
        files.remove(settings.checkpoint_path(QUERY))
        if files.exists(checkpoint):
            files.move(checkpoint, settings.checkpoint_path(QUERY))
        files.remove(swap_marker(settings))
        files.remove(aside.lake_root)
    return read
