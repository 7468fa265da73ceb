"""The drop folder: what is complete is read once, whatever else lies there."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk.envelope import header
from connectors.sdk.errors import BadSetting, PayloadTooLarge, PayloadUnreadable
from connectors.sdk.formats.unpacking import members
from connectors.sdk.runner import run_once
from connectors.sdk.transports import file as file_transport
from tests.connectors.sdk.good import CONTENT, GoodLines
from tests.connectors.sdk.transports.conftest import Reader, keys, rules

HEADER = CONTENT.partition(b"\n")[0] + b"\n"


def lines(*numbers: int) -> bytes:
    return HEADER + b"".join(b"%d,2010-01-01T10:00:00Z,x,-122.44,37.77\n" % number for number in numbers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.fixture
def read(reader: Reader, folder: Path) -> Callable[..., Any]:
    def once(**settings: object) -> Any:
        return reader.read(GoodLines, **{"folder": str(folder), "quiet_seconds": 0, **settings})

    return once


def test_files_are_read_in_the_order_they_came_and_only_once(reader: Reader, folder: Path, read: Any) -> None:
    for name, number, age in (("b.csv", 1, 30), ("a.csv", 2, 20)):
        (folder / name).write_bytes(lines(number))
        os.utime(folder / name, (time.time() - age,) * 2)
    assert read().payloads == 2
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2"]
    assert header(reader.sink.acknowledged[0].headers, "ce_payloadurl") == "file:b.csv"
    assert read().read == 0


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "a.csv.tmp", "A.CSV.PART", "a.txt"])
def test_unfinished_hidden_and_other_files_are_left(folder: Path, read: Any, name: str) -> None:
    (folder / name).write_bytes(lines(1))
    assert read(pattern="*.csv*").read == 0
    (folder / name).rename(folder / "b.csv")
    assert read(pattern="*.csv").read == 1


def test_links_and_folders_are_left(folder: Path, read: Any, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_bytes(lines(1))
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "sub.csv").mkdir()
    assert read().read == 0


def test_a_file_that_was_changed_just_now_is_left_until_it_is_quiet(folder: Path, read: Any) -> None:
    (folder / "a.csv").write_bytes(lines(1))
    assert read(quiet_seconds=60).read == 0
    os.utime(folder / "a.csv", (time.time() - 100,) * 2)
    assert read(quiet_seconds=60).read == 1


def test_a_file_that_grows_while_it_is_read_is_left(
    folder: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.csv").write_bytes(lines(1))
    whole = file_transport.DropFolder._content

    def growing(self: Any, path: Path, size: int) -> Any:
        found = whole(self, path, size)
        path.write_bytes(lines(1, 2))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(file_transport.DropFolder, "_content", growing)
        assert read().read == 0
    assert read().read == 2


def test_the_same_content_under_another_name_is_told_but_not_read_again(folder: Path, read: Any) -> None:
    (folder / "a.csv").write_bytes(lines(1))
    read()
    (folder / "b.csv").write_bytes(lines(1))
    report = read()
    assert report.read == 0
    (note,) = report.notes
    assert "b.csv has the content of a.csv" in note
    assert read().notes == []
    os.utime(folder / "b.csv", (1, 1))
    assert (read().read, read().notes) == (0, [])


def test_a_changed_file_is_read_again(folder: Path, read: Any) -> None:
    (folder / "a.csv").write_bytes(lines(1))
    read()
    (folder / "a.csv").write_bytes(lines(1, 2))
    assert read().read == 2


def test_what_is_remembered_is_bounded(
    reader: Reader, folder: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_transport, "MAX_REMEMBERED", 3)
    for number in range(6):
        (folder / f"{number}.csv").write_bytes(lines(number))
        assert read().read == 1
        (folder / f"{number}.csv").unlink()
    (entries,) = reader.offsets.load("good").values()
    assert [entry[0] for entry in entries] == ["3.csv", "4.csv", "5.csv"]


def test_a_file_read_is_moved_when_asked_and_only_when_its_records_are_safe(
    reader: Reader, folder: Path, read: Any
) -> None:
    (folder / "a.csv").write_bytes(lines(1))
    reader.sink.fails_at = 1
    with pytest.raises(ConnectionError):
        read(move_done=True)
    assert (folder / "a.csv").exists()
    assert read(move_done=True).read == 1
    assert [path.name for path in (folder / "done").iterdir()] == ["a.csv"]
    (folder / "a.csv").write_bytes(lines(2))
    assert read(move_done=True).read == 1
    assert len(list((folder / "done").iterdir())) == 2
    assert [path.name for path in folder.iterdir()] == ["done"]


def test_the_place_may_come_from_the_environment_or_be_an_address(
    reader: Reader, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.csv").write_bytes(lines(1))
    monkeypatch.setenv("VIGIE_SOURCE_DROP", str(folder))
    assert reader.read(GoodLines, folder="${VIGIE_SOURCE_DROP}", quiet_seconds=0).read == 1
    assert reader.read(GoodLines, url=f"file://{folder}", quiet_seconds=0).read == 0
    monkeypatch.delenv("VIGIE_SOURCE_DROP")
    with pytest.raises(BadSetting, match="variable VIGIE_SOURCE_DROP, which is not set"):
        reader.read(GoodLines, folder="${VIGIE_SOURCE_DROP}")


def test_a_bare_name_is_a_folder_of_this_installation(reader: Reader, tmp_path: Path) -> None:
    connector = reader.connector(GoodLines, folder="decisions", quiet_seconds=0)
    connector.home = tmp_path / "home"
    assert run_once(connector, reader.sink, reader.offsets).read == 0
    (tmp_path / "home" / "drop" / connector.city.city_id / "decisions" / "a.csv").write_bytes(lines(1))
    assert run_once(connector, reader.sink, reader.offsets).read == 1
    assert run_once(connector, reader.sink, reader.offsets).read == 0


@pytest.mark.parametrize("place", ["relative/folder", "../folder", "Folder", "/nowhere/at/all", 7, ""])
def test_a_folder_that_cannot_be_asks_for_configuration(reader: Reader, place: object) -> None:
    with pytest.raises(BadSetting, match=r"settings\.folder"):
        reader.read(GoodLines, folder=place)


def zipped(*entries: tuple[str, bytes], **options: Any) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content, **options)
    return kept.getvalue()


def tarred(*entries: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w:gz") as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(content) if kind == tarfile.REGTYPE else 0, kind, "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "urls"),
    [
        ("a.zip", zipped(("x/1.csv", lines(1)), ("2.csv", lines(2))), ["file:a.zip/x/1.csv", "file:a.zip/2.csv"]),
        ("a.tar.gz", tarred(("1.csv", lines(1)), ("2.csv", lines(2))), ["file:a.tar.gz/1.csv", "file:a.tar.gz/2.csv"]),
        ("a.csv.gz", gzip.compress(lines(1, 2), mtime=0), ["file:a.csv.gz"] * 2),
    ],
)
def test_archives_are_read_member_by_member(
    reader: Reader, folder: Path, read: Any, name: str, content: bytes, urls: list[str]
) -> None:
    (folder / name).write_bytes(content)
    assert read().accepted == 2
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2"]
    assert [header(m.headers, "ce_payloadurl") for m in reader.sink.acknowledged] == urls
    assert read().read == 0


BAD = {
    "../out.csv": (zipped(("../out.csv", b"x")), "unreadable"),
    "absolute": (zipped(("/etc/cron", b"x")), "unreadable"),
    "windows": (zipped(("C:\\x\\..\\..\\y", b"x")), "unreadable"),
    "nested": (zipped(("inner.zip", zipped(("a", b"x")))), "unreadable"),
    "nested without name": (zipped(("inner", gzip.compress(b"x"))), "unreadable"),
    "bomb": (zipped(("a.csv", bytes(60_000_000))), "too_large"),
    "twice": (b"", "unreadable"),
    "broken": (zipped(("a.csv", lines(1)))[:-30], "unreadable"),
    "text": (b"no archive", "unreadable"),
    "empty": (zipped(), "unreadable"),
    "link": (tarred(("a.csv", b""), kind=tarfile.SYMTYPE), "unreadable"),
    "device": (tarred(("a.csv", b""), kind=tarfile.CHRTYPE), "unreadable"),
    "tar out": (tarred(("../../a.csv", b"x")), "unreadable"),
    "cut": (tarred(("a.csv", os.urandom(100_000)))[:-50_000], "unreadable"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_dangerous_archive_is_one_refusal_and_the_next_file_is_read(
    reader: Reader, folder: Path, read: Any, case: str
) -> None:
    content, rule = BAD[case]
    if case == "twice":
        with pytest.warns(UserWarning, match="Duplicate name"):
            content = zipped(("a.csv", lines(1)), ("a.csv", lines(2)))
    (folder / "a.zip").write_bytes(content)
    os.utime(folder / "a.zip", (1, 1))
    (folder / "b.csv").write_bytes(lines(7))
    report = read()
    assert rules(reader.sink.acknowledged) == [rule]
    assert keys(reader.sink.acknowledged) == ["good:7"]
    assert (report.read, report.accepted, report.rejected) == (2, 1, 1)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["drop", "offsets"]
    assert read().read == 0


def test_archives_have_limits_of_members_and_bytes() -> None:
    with pytest.raises(PayloadTooLarge, match="3 members; allowed are 2"):
        list(members(zipped(("a", b"1"), ("b", b"2"), ("c", b"3")), max_members=2))
    with pytest.raises(PayloadTooLarge, match="allowed are 10 bytes"):
        list(members(zipped(("a", b"1" * 11)), max_bytes=10))
    content = bytearray(zipped(("a", b"1")))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(PayloadUnreadable, match="encrypted"):
        list(members(bytes(content)))
    workbook = zipped(("xl/workbook.xml", b"<x/>"))
    assert list(members(zipped(("book.xlsx", workbook)))) == [("book.xlsx", workbook)]


def test_an_archive_that_is_the_payload_stays_whole(reader: Reader, folder: Path) -> None:
    (folder / "a.zip").write_bytes(zipped(("1.csv", lines(1))))
    report = reader.read(GoodLines, folder=str(folder), quiet_seconds=0, unpack=False)
    assert (report.payloads, report.accepted) == (1, 0)


def test_a_file_over_the_limit_is_refused_with_its_beginning(reader: Reader, folder: Path, read: Any) -> None:
    (folder / "a.csv").write_bytes(lines(*range(100)))
    assert read(max_bytes=1000).rejected == 1
    assert rules(reader.sink.acknowledged) == ["too_large"]
