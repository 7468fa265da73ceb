"""Elements that are put together from several places of a document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk import Element, JsonFormat, Payload, XmlFormat
from connectors.sdk.formats import Format, PartsFormat


def split(declared: Format, content: bytes) -> list[Element]:
    return list(declared.split(Payload(content, "file:x", datetime(2020, 1, 1, tzinfo=UTC))))


def rules(elements: list[Element]) -> list[str]:
    return ["" if not element.violations else element.violations[0].rule for element in elements]


class TestParts:
    """A record with what stands above it."""

    DOCUMENT = (
        b'<f:feed xmlns:f="urn:f" xmlns:o="urn:other"><f:by><f:code>me</f:code></f:by><o:item id="0"/>'
        b'<f:item id="1"><f:note>call Ann</f:note><f:n>a</f:n><f:n>b</f:n></f:item><f:item id="2"/></f:feed>'
    )
    WHOLE = XmlFormat("item", namespaces=("urn:f",), inside=("feed",), context=("by",))

    @staticmethod
    def parts(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for part in item.get("n", ()):
            yield {"by": item["@before"]["by"]["code"][0]["#text"], "item": item["@id"], "n": part["#text"]}

    def test_each_part_carries_what_stands_above_it_and_is_read_again(self) -> None:
        declared = PartsFormat(self.WHOLE, self.parts)
        found = split(declared, self.DOCUMENT)
        assert [e.value for e in found[:2]] == [
            {"by": "me", "item": "1", "n": "a"},
            {"by": "me", "item": "1", "n": "b"},
        ]
        assert rules(found) == ["", "", "shape"]
        assert declared.reread(declared.text(found[0])).value == found[0].value

    def test_another_document_is_refused_and_not_read_as_empty(self) -> None:
        page = b"<html><body>503</body></html>"
        assert rules(split(PartsFormat(self.WHOLE, self.parts), page)) == ["shape"]
        assert split(PartsFormat(self.WHOLE, self.parts), b"<feed/>") == []

    def test_an_element_of_another_namespace_is_none(self) -> None:
        assert [e.value["@id"] for e in split(self.WHOLE, self.DOCUMENT)] == ["1", "2"]

    def test_forgotten_nodes_reach_neither_parts_nor_dead_letters(self) -> None:
        declared = PartsFormat(self.WHOLE, self.parts, forget=("note",))
        for content in (self.DOCUMENT, self.DOCUMENT[:150], self.DOCUMENT.replace(b"</f:feed>", b"")):
            assert all(b"Ann" not in element.raw for element in split(declared, content))

    def test_a_huge_part_is_refused_and_its_neighbour_lives(self) -> None:
        content = self.DOCUMENT.replace(b">a<", b">" + b"x" * 300_000 + b"<").replace(b"call Ann", b"")
        whole = XmlFormat("item", context=("by",), max_element_bytes=1_000_000)
        assert rules(split(PartsFormat(whole, self.parts), content))[:3] == ["shape", "too_large", ""]

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_raise(self, content: bytes) -> None:
        split(PartsFormat(self.WHOLE, self.parts, forget=("note",)), b"<feed><item>" + content)
        split(PartsFormat(JsonFormat(), lambda value: value["parts"]), content)
