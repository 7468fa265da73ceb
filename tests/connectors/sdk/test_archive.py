"""Zip archives: what is inside comes out whole, and bombs cost neither time nor memory."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random

import pytest

from connectors.sdk import CsvFormat, Element, Payload
from connectors.sdk.conformance.mutation import MUTATION_SEED, mutated
from connectors.sdk.element import canonical
from connectors.sdk.errors import PayloadTooLarge, PayloadUnreadable
from connectors.sdk.formats import ArchiveFormat, XmlFormat, members

MIB = 1024 * 1024
TABLES = ArchiveFormat(
    tables={"a.txt": CsvFormat(columns=("x", "y")), "b.txt": CsvFormat(columns=("z",)), "*.xml": XmlFormat("n")},
    required=(("a.txt",), ("b.txt", "c.txt")),
)


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of the files, in order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def split(content: bytes) -> list[Element]:
    return list(TABLES.split(Payload(content, "file:x", datetime(2020, 1, 1, tzinfo=UTC))))


def rules(elements: list[Element]) -> list[str]:
    return ["" if not element.violations else element.violations[0].rule for element in elements]


@contextmanager
def cheap() -> Iterator[None]:
    """Hold the block to a second and 200 MB."""
    tracemalloc.start()
    started = time.process_time()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 1
    assert peak < 200 * MIB


def zeros(size: int, copies: int = 1) -> bytes:
    """An archive whose members are zeros packed by a factor of a thousand, written without unpacking them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block, checksum, parts = bytes(MIB), 0, []
    for _ in range(size // MIB):
        parts.append(packer.compress(block))
        checksum = zlib.crc32(block, checksum)
    return archived([(b"".join([*parts, packer.flush()]), checksum, size)] * copies)


def archived(streams: list[tuple[bytes, int, int]]) -> bytes:
    """A zip of deflated streams with their checksum and the size they claim."""
    body, directory = b"", b""
    for number, (stream, checksum, size) in enumerate(streams):
        name = b"%d.txt" % number
        facts = struct.pack("<IIIHH", checksum, len(stream), size, len(name), 0)
        entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + facts
        directory += entry + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + facts + name + stream
    end = struct.pack("<HHHHIIH", 0, 0, len(streams), len(streams), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


class TestMembers:
    def test_files_come_out_in_order_and_folders_do_not(self) -> None:
        content = packed(("f/", b""), ("f/b.txt", b"2"), ("a.txt", b"1" * 3_000_000), ("é.txt", b""))
        assert [(name, len(found)) for name, found in members(content)] == [
            ("f/b.txt", 1),
            ("a.txt", 3_000_000),
            ("é.txt", 0),
        ]

    def test_a_zip_inside_is_not_opened(self) -> None:
        inner = packed(*((f"{number}.txt", b"x") for number in range(6_000)), method=zipfile.ZIP_STORED)
        assert list(members(packed(("inner.zip", inner), method=zipfile.ZIP_STORED))) == [("inner.zip", inner)]

    def test_a_bomb_that_says_so_is_refused_before_it_is_unpacked(self) -> None:
        content = zeros(1024 * MIB)
        assert len(content) < 1.1 * MIB
        with cheap(), pytest.raises(PayloadTooLarge, match="allowed are"):
            list(members(content, url="https://x.example/bomb.zip"))

    def test_many_members_under_the_limit_are_refused_together(self) -> None:
        content = zeros(100 * MIB, copies=20)
        with cheap(), pytest.raises(PayloadTooLarge):
            list(members(content, max_ratio=2_000))

    def test_a_bomb_that_lies_about_its_size_ends_where_it_says(self) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        stream = b"".join([packer.compress(bytes(MIB)) for _ in range(300)]) + packer.flush()
        with cheap(), pytest.raises(PayloadUnreadable):
            list(members(archived([(stream, 0, 1000)])))

    def test_members_that_share_their_bytes_are_refused(self) -> None:
        content = zeros(15 * MIB)
        entry = content[content.index(b"PK\x01\x02") : content.rindex(b"PK\x05\x06")]
        many = b"".join(entry[:-5] + b"%05d" % number for number in range(4_000))
        start = content.index(b"PK\x01\x02")
        end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 4_000, 4_000, len(many), start, 0)
        with cheap(), pytest.raises(PayloadTooLarge):
            list(members(content[:start] + many + end))

    def test_too_many_members_are_refused_before_their_names_are_read(self) -> None:
        content = packed(*((f"{number}", b"") for number in range(20_000)), method=zipfile.ZIP_STORED)
        with cheap(), pytest.raises(PayloadTooLarge, match="20000 members; allowed are 5000"):
            list(members(content))

    @pytest.mark.parametrize("name", ["/etc/passwd", "../x.txt", "a/../../x", "a\\b.txt", "C:/x.txt"])
    def test_a_name_that_leads_out_is_refused(self, name: str) -> None:
        with pytest.raises(PayloadUnreadable, match="leads out"):
            list(members(packed(("a.txt", b"1"), (name, b"2"))))

    def test_two_members_of_one_name_are_refused(self) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            content = packed(("a.txt", b"1"), ("a.txt", b"2"))
        with pytest.raises(PayloadUnreadable, match="two members named"):
            list(members(content))

    def test_an_encrypted_member_is_refused(self) -> None:
        content = bytearray(packed(("a.txt", b"1")))
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(PayloadUnreadable, match="encrypted"):
            list(members(bytes(content)))

    def test_another_compression_is_refused(self) -> None:
        with pytest.raises(PayloadUnreadable, match="method 12"):
            list(members(packed(("a.txt", b"1"), method=zipfile.ZIP_BZIP2)))

    @pytest.mark.parametrize(
        "damage",
        [
            lambda content: content[:-30],
            lambda content: b"<html>",
            lambda content: b"",
            lambda content: content[:40] + b"\x00\x00\x00" + content[43:],
        ],
    )
    def test_what_is_no_whole_zip_is_refused(self, damage: Callable[[bytes], bytes]) -> None:
        with pytest.raises(PayloadUnreadable, match="not a readable zip"):
            list(members(damage(packed(("a.txt", bytes(range(256)) * 10)))))


class TestArchiveFormat:
    def test_every_table_gives_its_elements_under_its_name(self) -> None:
        content = packed(("b.txt", b"z\r\n9\r\n"), ("a.txt", b"\xef\xbb\xbfy,x\n2,1\n"), ("q.xml", b"<r><n>5</n></r>"))
        assert [element.value for element in split(content)] == [
            {"member": "b.txt", "line": {"z": "9"}},
            {"member": "a.txt", "line": {"y": "2", "x": "1"}},
            {"member": "q.xml", "line": {"#text": "5"}},
        ]

    def test_an_element_is_kept_with_what_makes_it_readable_alone(self) -> None:
        content = packed(("a.txt", b'y,x\r\n2,"1,\n0"\r\n'), ("b.txt", b"z\n1\n"))
        for element in split(content):
            again = TABLES.reread(TABLES.text(element))
            assert canonical(again.value) == canonical(element.value)
        assert split(content)[0].raw == b'a.txt\ny,x\n2,"1,\n0"\r\n'

    def test_a_refused_line_keeps_its_table_and_header_too(self) -> None:
        content = packed(("a.txt", b"x,w\n1,2\n"), ("b.txt", b"z\n1,2\n"))
        found = split(content)
        assert [element.raw for element in found] == [b"a.txt\nx,w\n1,2\n", b"b.txt\nz\n1,2\n"]
        assert [TABLES.reread(element.raw.decode()).violations[0].column for element in found] == ["y", ""]
        assert rules(found) == ["shape", "shape"]

    def test_folders_and_files_nobody_asked_for_are_tolerated(self) -> None:
        content = packed(
            ("feed/", b""),
            ("feed/a.txt", b"x,y\n1,2\n"),
            ("feed/b.txt", b"z\n1\n"),
            ("__MACOSX/feed/._a.txt", b"\x00\x05"),
            ("readme.pdf", b"%PDF"),
        )
        assert rules(split(content)) == ["", ""]

    def test_one_table_in_two_folders_is_refused(self) -> None:
        content = packed(("u/a.txt", b"x,y\n1,2\n"), ("v/a.txt", b"x,y\n1,2\n"), ("b.txt", b"z\n1\n"))
        assert rules(split(content)) == ["", "shape", ""]

    def test_a_missing_table_is_one_refused_element_that_names_it(self) -> None:
        found = split(packed(("a.txt", b"x,y\n1,2\n")))
        assert rules(found) == ["", "shape"]
        assert found[1].violations[0].column == "b.txt"
        assert "lacks b.txt or c.txt; it has a.txt" in found[1].violations[0].message
        assert rules(split(packed(("e.txt", b"")))) == ["shape", "shape"]

    def test_a_bomb_is_one_refused_element(self) -> None:
        (found,) = split(zeros(1024 * MIB))
        assert found.violations[0].rule == "too_large"

    def test_a_kept_text_of_no_table_is_refused(self) -> None:
        assert TABLES.reread("nothing.txt\n1,2\n").violations[0].rule == "shape"

    def test_no_damage_makes_it_raise_or_lose_an_element(self) -> None:
        """The directory stands at the end of a zip, so damage is done everywhere and not to the beginning alone."""
        content = packed(("a.txt", b"x,y\n" + b"1,2\n" * 60), ("q.xml", b"<r><n>5</n></r>"), ("b.txt", b"z\n1\n"))
        for damaged in mutated(content, Random(MUTATION_SEED), 1_500):
            found = split(damaged)
            assert [element.index for element in found] == list(range(len(found)))
            assert all(element.raw for element in found if damaged)
