"""Wire formats: nothing shifts, nothing is lost, and what cannot be read is refused alone."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
import tracemalloc
import zlib
from datetime import UTC, datetime

import pytest
from google.transit.gtfs_realtime_pb2 import FeedMessage
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk import CsvFormat, Element, JsonFormat, JsonLinesFormat, Payload, ProtobufFormat, XmlFormat
from connectors.sdk.element import MAX_DEAD_LETTER_BYTES
from connectors.sdk.errors import BadSetting, PayloadTooLarge, PayloadUnreadable
from connectors.sdk.formats import Format, JsonTreeFormat, NestedXmlFormat, decompress, expect

THREE = CsvFormat(columns=("a", "b", "c"))


def split(declared: Format, content: bytes) -> list[Element]:
    return list(declared.split(Payload(content, "file:x", datetime(2020, 1, 1, tzinfo=UTC))))


def rules(elements: list[Element]) -> list[str]:
    return ["" if not element.violations else element.violations[0].rule for element in elements]


def zipped(length: int) -> bytes:
    """Without the time, which would give a test another name in every process."""
    return gzip.compress(b"x" * length, mtime=0)


class TestCsv:
    def test_lines_become_mappings_with_their_exact_bytes(self) -> None:
        content = b'\xef\xbb\xbfa,b,c\r\n1,"x ""y"", z",3\r\n4,"two\r\nlines",6\n7,8,9'
        found = split(THREE, content)
        assert [element.value for element in found] == [
            {"a": "1", "b": 'x "y", z', "c": "3"},
            {"a": "4", "b": "two\r\nlines", "c": "6"},
            {"a": "7", "b": "8", "c": "9"},
        ]
        assert b"".join(element.raw for element in found) == content.partition(b"\n")[2]

    def test_the_second_column_of_one_name_gets_a_number(self) -> None:
        (found,) = split(CsvFormat(delimiter=";", columns=("t", "t#2")), b"t;x;t\n1;2;3\n")
        assert found.value == {"t": "1", "x": "2", "t#2": "3"}

    def test_equal_lines_stay_apart_and_keep_their_identity_when_shuffled_or_columns_are_exchanged(self) -> None:
        lines = [b"1,2,3\n", b"4,5,6\n", b"1,2,3\n"]
        ids = {element.content_id for element in split(THREE, b"a,b,c\n" + b"".join(lines))}
        assert len(ids) == 3
        assert ids == {element.content_id for element in split(THREE, b"a,b,c\n" + b"".join(reversed(lines)))}
        assert ids == {element.content_id for element in split(THREE, b"b,a,c\r\n2,1,3\r\n5,4,6\r\n2,1,3\r\n")}

    def test_an_unreadable_byte_refuses_its_line_alone_and_names_the_column(self) -> None:
        found = split(THREE, b"a,b,c\n1,2,3\n1,caf\xe9,3\n1,2,3\n")
        assert rules(found) == ["", "unreadable", ""]
        violation = found[1].violations[0]
        assert (violation.column, violation.value) == ("b", "caf\\xe9")
        assert found[1].raw == b"1,caf\xe9,3\n"

    def test_a_declared_encoding_is_used(self) -> None:
        (found,) = split(CsvFormat(encoding="latin-1"), b"a,b\n1,caf\xe9\n")
        assert found.value["b"] == "café"

    @pytest.mark.parametrize("line", [b"1,2\n", b"1,2,3,4\n", b"1,\"2\",'3',4\n"])
    def test_a_line_of_another_length_is_refused_alone(self, line: bytes) -> None:
        assert rules(split(THREE, b"a,b,c\n1,2,3\n" + line + b"4,5,6\n")) == ["", "shape", ""]

    def test_a_renamed_column_refuses_every_line_and_is_named(self) -> None:
        found = split(THREE, b'a,bb,c\n1,2,3\n4,"5\n",6\n')
        assert rules(found) == ["shape", "shape"]
        assert {element.violations[0].column for element in found} == {"b"}

    def test_a_new_column_is_accepted_and_kept_wherever_it_stands(self) -> None:
        (found,) = split(THREE, b"new,a,b,c\n0,1,2,3\n")
        assert found.value == {"new": "0", "a": "1", "b": "2", "c": "3"}

    def test_a_nul_byte_is_refused(self) -> None:
        found = split(THREE, b"a,b,c\n1,\x00,3\n4,5,6\n")
        assert rules(found) == ["unreadable", ""]
        assert found[0].violations[0].column == "b"

    def test_a_stray_quote_costs_one_line(self) -> None:
        found = split(THREE, b'a,b,c\n1,"2,3\n4,5,6\n7,8,9\n')
        assert rules(found) == ["unreadable", "", ""]

    def test_a_quote_inside_a_plain_field_is_text(self) -> None:
        (found,) = split(THREE, b'a,b,c\n1,5" pipe,3\n')
        assert found.value["b"] == '5" pipe'

    def test_stray_quotes_on_every_line_cost_linear_time(self) -> None:
        assert rules(split(THREE, b"a,b,c\n" + b'1,"2,3\n' * 20_000)) == ["unreadable"] * 20_000

    def test_empty_content_is_refused_and_a_header_alone_is_empty(self) -> None:
        assert rules(split(THREE, b"")) == ["shape"]
        assert split(THREE, b"a,b,c\n") == []

    @pytest.mark.parametrize(
        "content", [b"<html>no</html>", b'{"error": "no"}', b"a,b\n", "a,b,c\n1,2,3".encode("utf-16")]
    )
    def test_a_content_that_is_no_such_table_is_refused_though_it_has_no_line(self, content: bytes) -> None:
        (found,) = split(THREE, content)
        assert found.violations

    def test_lines_of_old_software_end_in_cr(self) -> None:
        assert [element.value["c"] for element in split(THREE, b'a,b,c\r1,2,3\r"4",5,6\r\r')] == ["3", "6"]

    def test_a_line_of_blanks_is_no_line(self) -> None:
        assert len(split(THREE, b"a,b,c\n1,2,3\n  \n\t\n\n")) == 1
        assert len(split(THREE, b"a,b\n1,2\n  \n\n")) == 1

    def test_blanks_around_a_column_name_do_not_count(self) -> None:
        assert split(THREE, b"a, b ,c\n1,2,3")[0].value == {"a": "1", "b": "2", "c": "3"}

    def test_a_huge_field_is_refused_in_bounded_memory(self) -> None:
        content = b"a,b,c\n1,2,3\n1," + b"x" * 50_000_000 + b",3\n4,5,6\n"
        tracemalloc.start()
        found = split(THREE, content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rules(found) == ["", "too_large", ""]
        assert len(found[1].raw) == MAX_DEAD_LETTER_BYTES + 1
        assert peak < 5_000_000

    def test_a_huge_quoted_field_is_refused_and_the_rest_survives(self) -> None:
        found = split(THREE, b'a,b,c\n1,"' + (b"x" * 200 + b"\n") * 2_000 + b"4,5,6\n")
        assert rules(found)[0] == "unreadable"
        assert rules(found)[-1] == ""

    def test_a_file_without_header_takes_the_declared_names(self) -> None:
        (found,) = split(CsvFormat(header=False, columns=("a", "b")), b"1,2\n")
        assert found.value == {"a": "1", "b": "2"}

    @pytest.mark.parametrize("declaration", [{"encoding": "utf-16"}, {"delimiter": "||"}, {"header": False}])
    def test_a_declaration_that_cannot_work_is_refused_at_once(self, declaration: dict[str, object]) -> None:
        with pytest.raises(BadSetting):
            CsvFormat(**declaration)  # type: ignore[arg-type]

    @given(
        st.lists(
            st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)] * 3), max_size=12
        )
    )
    def test_what_the_standard_library_writes_is_read_back(self, rows: list[tuple[str, ...]]) -> None:
        file = io.StringIO(newline="")
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
        assert [tuple(element.value.values()) for element in split(THREE, file.getvalue().encode())] == rows

    @given(st.binary(max_size=400))
    def test_every_byte_is_told_exactly_once(self, content: bytes) -> None:
        found = split(THREE, b"a,b,c\n" + content)
        told = b"".join(element.raw for element in found)
        blank = [line for line in content.split(b"\n") if not line.strip()]
        assert told.split() == content.split()
        assert len(told) <= len(content) <= len(told) + sum(len(line) + 1 for line in blank)

    def test_a_line_without_its_header_is_never_read_as_something_else(self) -> None:
        assert [violation.rule for violation in THREE.reread("1,2,3\n").violations] == ["shape"]

    @pytest.mark.parametrize("header", [b"a,b,c\n", b"c,a,b\n", b'new,c,"a",b,new\n'])
    def test_kept_text_is_read_again_to_the_same_element(self, header: bytes) -> None:
        for element in split(THREE, header + b'1,"x\n""",3' + b",,"[: 2 * (b"new" in header)] + b"\n"):
            again = THREE.reread(THREE.text(element))
            assert again.value == element.value


class TestJson:
    def test_items_come_with_their_exact_text(self) -> None:
        found = split(JsonFormat("data.items"), b'{"n": 2, "data": {"items": [ {"a": 1.50}, [2] ,"x"], "z": 0}}')
        assert [(element.value, element.raw) for element in found] == [
            ({"a": 1.5}, b'{"a": 1.50}'),
            ([2], b"[2]"),
            ("x", b'"x"'),
        ]

    def test_the_root_is_the_list_or_the_only_element(self) -> None:
        assert [element.value for element in split(JsonFormat(), b" [1, 2] ")] == [1, 2]
        assert [element.value for element in split(JsonFormat(), b'\xef\xbb\xbf{"a": 1}')] == [{"a": 1}]
        assert split(JsonFormat(), b"[]") == []

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"[1, NaN]", ["", "unreadable"]),
            (b"[1, 2", ["", "", "unreadable"]),
            (b'[{"a": 1, "a": 2}, 3]', ["unreadable", ""]),
            (b'["\\ud800", 3]', ["unreadable", ""]),
            (b"[" * 70 + b"]" * 70, ["too_large"]),
            (b"[0, " + b"[" * 1000 + b"]" * 1000 + b"]", ["", "too_large"]),
            (b"[0, " + b'{"a":' * 100_000, ["", "too_large"]),
            (b'["' + b"x" * 400_000 + b'", 1]', ["too_large", ""]),
            (b"\xff", ["unreadable"]),
            (b"", ["unreadable"]),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_refused_and_what_came_before_survives(
        self, content: bytes, expected: list[str]
    ) -> None:
        assert rules(split(JsonFormat(), content)) == expected

    def test_a_missing_list_is_a_wrong_shape(self) -> None:
        assert rules(split(JsonFormat("results"), b'{"error": "no"}')) == ["shape"]
        assert rules(split(JsonFormat("results"), b'{"results": {}}')) == ["shape"]

    def test_a_duplicated_key_is_named(self) -> None:
        (found,) = split(JsonFormat(), b'{"x": {"id": 1, "id": 2}}')
        assert found.violations[0].column == "id"

    def test_a_key_named_twice_among_many_costs_linear_time(self) -> None:
        content = b"{" + b",".join(b'"%d":0' % key for key in [*range(200_000), 199_999]) + b"}"
        begun = time.process_time()
        (found,) = split(JsonFormat(max_element_bytes=len(content)), content)
        assert (found.violations[0].column, time.process_time() - begun < 5) == ("199999", True)

    def test_lines_are_refused_alone(self) -> None:
        content = b'{"a": 1}\r\n\n{"a": \n[1] 2\n"' + b"x" * 300_000 + b'"\n{"a": 2}'
        assert rules(split(JsonLinesFormat(), content)) == ["", "unreadable", "unreadable", "too_large", ""]

    @given(st.recursive(st.none() | st.integers() | st.text(st.characters(codec="utf-8")), st.lists, max_leaves=20))
    def test_whatever_json_holds_is_read_back(self, value: object) -> None:
        (found,) = split(JsonLinesFormat(), json.dumps(value).encode())
        assert found.value == value
        assert JsonLinesFormat().reread(JsonLinesFormat().text(found)).value == value

    @given(st.binary(max_size=300))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(JsonFormat("a"), content)
        split(JsonFormat(), content)
        split(JsonLinesFormat(), content)


class TestXml:
    DOCUMENT = (
        b'<?xml version="1.0"?><x:feed xmlns:x="urn:x">'
        b'<x:item id="1"><n>a</n><n>b</n></x:item><x:item id="2"/></x:feed>'
    )

    def test_nodes_become_mappings(self) -> None:
        found = split(XmlFormat("item"), self.DOCUMENT)
        assert [element.value for element in found] == [
            {"@id": "1", "n": [{"#text": "a"}, {"#text": "b"}]},
            {"@id": "2"},
        ]
        assert XmlFormat("item").reread(XmlFormat("item").text(found[0])).value == found[0].value

    def test_a_doctype_is_refused_before_any_entity_is_expanded(self) -> None:
        entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"x" * 10) for n in range(12))
        bomb = b"<!DOCTYPE b [" + entities + b"]><feed><item>&e11;</item></feed>"
        assert rules(split(XmlFormat("item"), bomb)) == ["unreadable"]

    def test_a_broken_end_keeps_what_came_before(self) -> None:
        assert rules(split(XmlFormat("item"), self.DOCUMENT[:-15])) == ["", "unreadable"]

    def test_depth_is_limited(self) -> None:
        assert rules(split(XmlFormat("item"), b"<a>" * 1000 + b"</a>" * 1000)) == ["too_large"]

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(XmlFormat("item"), content)
        split(XmlFormat("item"), b"<item>" + content)


class TestProtobuf:
    def feed(self) -> bytes:
        feed = FeedMessage()
        feed.header.gtfs_realtime_version = "1.0"
        feed.header.timestamp = 1_417_387_583
        feed.entity.add(id="1").trip_update.trip.trip_id = "t"
        return bytes(feed.SerializeToString())

    def test_fields_are_plain_and_only_those_present(self) -> None:
        (found,) = split(ProtobufFormat(FeedMessage, "entity"), self.feed())
        assert found.value == {"id": "1", "trip_update": {"trip": {"trip_id": "t"}}}
        assert json.loads(found.raw) == found.value

    def test_elements_can_be_made_from_the_whole_message(self) -> None:
        declared = ProtobufFormat(FeedMessage, lambda feed: [feed["header"]["timestamp"]])
        assert [element.value for element in split(declared, self.feed())] == [1_417_387_583]

    @pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"<html></html>", b'{"header": {}}'])
    def test_other_bytes_are_one_refused_element(self, content: bytes) -> None:
        assert rules(split(ProtobufFormat(FeedMessage, "entity"), content)) == ["unreadable"]

    def test_text_that_is_not_utf8_refuses_its_element_alone(self) -> None:
        content = self.feed() + b"\x12\x03\x0a\x01\xff"
        found = split(ProtobufFormat(FeedMessage, "entity"), content)
        assert rules(found) == ["", "unreadable"]
        assert found[1].violations[0].column == "id"

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(ProtobufFormat(FeedMessage, "entity"), content)
        split(ProtobufFormat(FeedMessage, "entity"), self.feed() + content)


class TestDecompress:
    def test_all_members_are_unpacked(self) -> None:
        assert decompress(gzip.compress(b"a") + gzip.compress(b"b" * 5_000_000) + bytes(10)) == b"a" + b"b" * 5_000_000

    def test_a_bomb_is_stopped_early(self) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
        tracemalloc.start()
        with pytest.raises(PayloadTooLarge, match="200 times"):
            decompress(bomb, url="file:bomb.gz")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 80_000_000

    def test_the_size_is_limited(self) -> None:
        with pytest.raises(PayloadTooLarge):
            decompress(gzip.compress(bytes(2000)), max_bytes=1000)

    @pytest.mark.parametrize("content", [b"plain text", zipped(1000)[:-12], zipped(1)[:-1]])
    def test_damaged_data_is_a_named_error(self, content: bytes) -> None:
        with pytest.raises(PayloadUnreadable):
            decompress(content, url="file:x.gz")


class TestNestedXml:
    ROOMS = NestedXmlFormat(names=("house", "room"), defaults=("unit",))
    CONTENT = (
        b'<t xmlns="u:x"><unit>m</unit><house id="1"><a/><rooms><room id="2"><room id="3"/></room></rooms></house>'
        b"<unit>ft</unit><room/></t>"
    )

    def test_a_node_inside_another_is_an_element_of_its_own(self) -> None:
        assert [element.value for element in split(self.ROOMS, self.CONTENT)] == [
            {"room": {"@id": "3", "@within": "2", "@unit": "m"}},
            {"room": {"@id": "2", "@within": "1", "@unit": "m"}},
            {"house": {"@id": "1", "@unit": "m", "a": [{}], "rooms": [{}]}},
            {"room": {"@unit": "ft"}},
        ]

    def test_what_is_kept_reads_as_the_same_element(self) -> None:
        for element in split(self.ROOMS, self.CONTENT):
            assert self.ROOMS.reread(self.ROOMS.text(element)).value == element.value

    def test_with_one_name_the_outer_node_keeps_the_inner_one(self) -> None:
        (first, second) = split(XmlFormat("room"), self.CONTENT)
        assert first.value == {"@id": "2", "room": [{"@id": "3"}]}
        assert second.value == {}


class TestJsonTree:
    ODD = JsonTreeFormat(lambda document: expect(document["a"], list, "a"))

    def test_elements_are_what_the_function_gives(self) -> None:
        found = split(self.ODD, b'\xef\xbb\xbf {"a": [{"x": "\xc3\xa9"}, 2]}\n')
        assert [element.value for element in found] == [{"x": "é"}, 2]
        assert found[0].raw == '{"x":"é"}'.encode()
        assert self.ODD.reread(self.ODD.text(found[0])).value == found[0].value

    @pytest.mark.parametrize(
        ("content", "rule"),
        [
            (b'{"a": {}}', "shape"),
            (b'{"a": [', "unreadable"),
            (b"", "unreadable"),
            (b'{"a": 1, "a": 2}', "unreadable"),
            (b'{"a": [NaN]}', "unreadable"),
            (b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "too_large"),
        ],
    )
    def test_a_document_built_otherwise_is_one_refused_element(self, content: bytes, rule: str) -> None:
        assert rules(split(self.ODD, content)) == [rule]
