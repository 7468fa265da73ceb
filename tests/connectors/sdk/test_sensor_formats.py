"""Formats of sensors: wide tables, messages of devices, notifications of cameras."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.element import Element, Payload
from connectors.sdk.formats import Format, JsonMessagesFormat, OnvifFormat, WideCsvFormat
from connectors.sdk.formats.onvif import Notification, plain_topic, truth
from connectors.sdk.formats.wide import COLUMN, VALUE

WIDE = WideCsvFormat(keys=("day", "hour"), beside=("place",), dropped=("year",))
MESSAGES = JsonMessagesFormat()


def keep(_: Notification) -> None:
    """Forbid nothing."""


ONVIF = OnvifFormat(keep)


def split(declared: Format, content: bytes) -> list[Element]:
    return list(declared.split(Payload(content, "file:x", datetime(2020, 1, 1, tzinfo=UTC))))


def rules(elements: list[Element]) -> list[str]:
    return ["" if not element.violations else element.violations[0].rule for element in elements]


class TestWide:
    def test_each_cell_is_an_element_that_can_be_read_alone(self) -> None:
        content = b'year,day,"A, north",hour,B,place\r\n2020,d1,1,h1,,"x ""y"""\r\n2020,d1,2.5,h2,"4,5",\r\n'
        found = split(WIDE, content)
        cells = [(e.value["day"], e.value["hour"], e.value["place"], e.value[COLUMN], e.value[VALUE]) for e in found]
        assert cells == [
            ("d1", "h1", 'x "y"', "A, north", "1"), ("d1", "h1", 'x "y"', "B", ""),
            ("d1", "h2", "", "A, north", "2.5"), ("d1", "h2", "", "B", "4,5"),
        ]  # fmt: skip
        assert [WIDE.reread(WIDE.text(element)).value for element in found] == [element.value for element in found]

    def test_cells_of_another_encoding_read_again(self) -> None:
        latin = WideCsvFormat(keys=("day",), delimiter=";", encoding="latin-1")
        (found,) = split(latin, "day;Préfecture\nd1;é\n".encode("latin-1"))
        assert (found.value[COLUMN], found.value[VALUE]) == ("Préfecture", "é")
        assert latin.reread(latin.text(found)).value == found.value

    def test_a_line_is_refused_once_and_its_neighbours_live(self) -> None:
        found = split(WIDE, b"day,hour,A,B\nd1,h1,1\nd1,h2,1,2\n")
        assert rules(found) == ["shape", "", ""]
        assert rules(split(WIDE, b"day,A\nd1,1\n")) == ["shape"]
        assert rules(split(WIDE, b"day,hour\nd1,h1\n")) == ["shape"]

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(WIDE, content)
        split(WIDE, b"day,hour,A\n" + content)


class TestMessages:
    @pytest.mark.parametrize("content", [
        b'{"a": 1}\n{"a": 2}', b'[{"a": 1}, {"a": 2}]', b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}\r\n',
    ])  # fmt: skip
    def test_lines_and_lists_are_the_same_messages(self, content: bytes) -> None:
        assert [element.value for element in split(MESSAGES, content)] == [{"a": 1}, {"a": 2}]

    def test_one_message_may_be_printed_on_several_lines(self) -> None:
        (found,) = split(MESSAGES, json.dumps({"a": {"b": [1, 2]}}, indent=2).encode())
        assert found.value == {"a": {"b": [1, 2]}}
        assert MESSAGES.reread(MESSAGES.text(found)).value == found.value

    def test_a_broken_line_costs_itself(self) -> None:
        assert rules(split(MESSAGES, b'{"a": 1}\n{"a": \n{"a": 3}\n')) == ["", "unreadable", ""]

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(MESSAGES, content)
        split(MESSAGES, b'{"a":' + content)


class TestOnvif:
    def test_the_three_forms_tell_one_notification(self) -> None:
        ns = 'xmlns:n="http://docs.oasis-open.org/wsn/b-2" xmlns:tt="http://www.onvif.org/ver10/schema"'
        inner = '<tt:Message UtcTime="2026-01-01T00:00:00Z"><tt:Data><tt:SimpleItem Name="State" Value="1"/></tt:Data>'
        node = f"<n:NotificationMessage><n:Topic> tns1:A/B </n:Topic><n:Message>{inner}</tt:Message></n:Message>"
        node += "</n:NotificationMessage>"
        items = {"SimpleItem": [{"_attr_1": {"Name": "State", "Value": "1"}}]}
        told = {"Topic": {"_value_1": "tns1:A/B"},
                "Message": {"_value_1": {"UtcTime": "2026-01-01T00:00:00Z", "Data": items}}}  # fmt: skip
        plain = {"Topic": "tns1:A/B", "Message": {"Message": {"UtcTime": "2026-01-01T00:00:00Z", "Data": items}}}
        contents = [
            f"<Envelope {ns}><Notify>{node}</Notify></Envelope>".encode(),
            f"<tt:MetadataStream {ns}><tt:Event>{node}</tt:Event></tt:MetadataStream>".encode(),
            json.dumps(told).encode(), json.dumps([plain]).encode(),
        ]  # fmt: skip
        values = [split(ONVIF, content)[0].value for content in contents]
        assert all(value == values[0] for value in values)
        assert values[0]["data"] == {"State": "1"}

    def test_prefixes_are_the_firmwares(self) -> None:
        assert plain_topic("tns1:RuleEngine/tnsaxis:Line/x:Crossed") == "RuleEngine/Line/Crossed"
        assert plain_topic(None) == ""

    @pytest.mark.parametrize(("written", "found"), [
        ("true", True), ("1", True), ("False", False), ("0", False), ("maybe", "maybe"), ("", None), (None, None),
    ])  # fmt: skip
    def test_booleans_come_in_two_ways(self, written: object, found: object) -> None:
        assert truth(written) == found

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(ONVIF, content)
        split(ONVIF, b"<a><NotificationMessage><Topic>" + content)
        split(ONVIF, b'{"Topic": {"_value_1": "x"}, "Message": ' + content)
