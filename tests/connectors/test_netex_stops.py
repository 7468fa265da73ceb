"""The traps of NeTEx stops."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

STOP = "reference.stop"
DOCUMENT = """<PublicationDelivery xmlns="http://www.netex.org.uk/netex" xmlns:gml="http://www.opengis.net/gml/3.2">
<FrameDefaults>{default}</FrameDefaults><members><Quay id="FR:1:Quay:1"><Centroid><Location{attribute}>{location}
</Location></Centroid></Quay></members></PublicationDelivery>"""


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("netex_stops")


def place(source: Any, location: str, attribute: str = "", default: str = "") -> tuple[float, float] | None:
    """Where one quay is, or nothing when it is refused."""
    reading = source.read(DOCUMENT.format(location=location, attribute=attribute, default=default).encode())
    if reading.refused:
        assert [(rule, column) for _, _, rule, column in reading.refused] == [
            ("type", "longitude"),
            ("type", "latitude"),
        ]
        return None
    ((_, row),) = reading.accepted
    return row["longitude"], row["latitude"]


def test_degrees_come_before_lambert_metres(source: Any) -> None:
    """Both stand beside each other; the metres would be refused as degrees."""
    assert b'srsName="EPSG:27572">86388' in source.slice
    found = source.read(source.slice).rows(STOP)
    assert (found[0]["longitude"], found[0]["latitude"]) == (-4.55491, 48.0060007)


def test_lambert_metres_alone_give_the_same_place(source: Any) -> None:
    """Within a metre, for every stop of the sample."""
    bare = re.sub(rb"<(Longitude|Latitude)>.*?</\1>", b"", source.slice)
    for degrees, metres in zip(source.read(source.slice).rows(STOP), source.read(bare).rows(STOP), strict=True):
        assert metres["longitude"] == pytest.approx(degrees["longitude"], abs=1e-5)
        assert metres["latitude"] == pytest.approx(degrees["latitude"], abs=1e-5)


@pytest.mark.parametrize(
    ("location", "attribute", "default"),
    [
        ('<gml:pos srsName="EPSG:4326">43.3 5.38</gml:pos>', "", ""),
        ('<gml:pos srsName="urn:ogc:def:crs:EPSG::4326">43.3 5.38</gml:pos>', "", ""),
        ('<gml:pos srsName="http://www.opengis.net/gml/srs/epsg.xml#4326">43.3 5.38</gml:pos>', "", ""),
        ('<gml:pos srsName="urn:ogc:def:crs:OGC:1.3:CRS84">5.38 43.3</gml:pos>', "", ""),
        (
            "<gml:pos>43.3 5.38 12.5</gml:pos>",
            ' srsName="EPSG:4326"',
            "<DefaultLocationSystem>2154</DefaultLocationSystem>",
        ),
        ("<gml:pos>43.3 5.38</gml:pos>", "", "<DefaultLocationSystem>WGS84</DefaultLocationSystem>"),
        ("<Longitude>5.38</Longitude><Latitude>43.3</Latitude><gml:pos>1 2</gml:pos>", "", ""),
    ],
)
def test_axes_are_those_of_the_named_system(source: Any, location: str, attribute: str, default: str) -> None:
    """EPSG:4326 is latitude first, CRS84 longitude first; the nearest name counts."""
    assert place(source, location, attribute, default) == (5.38, 43.3)


@pytest.mark.parametrize(
    "position",
    [
        "<gml:pos>5.38 43.3</gml:pos>",
        '<gml:pos srsName="EPSG:99999">5.38 43.3</gml:pos>',
        '<gml:pos srsName="Lambert">86388 2356617</gml:pos>',
        '<gml:pos srsName="EPSG:2154">6247463.2 893432.6</gml:pos>',
        '<gml:pos srsName="EPSG:2154">5.38 43.3</gml:pos>',
        '<gml:pos srsName="EPSG:5720">5.38 43.3</gml:pos>',
        '<gml:pos srsName="EPSG:2154">893432,6 6247463,2</gml:pos>',
        '<gml:pos srsName="EPSG:4326">43.3</gml:pos>',
    ],
)
def test_a_place_that_nobody_can_be_sure_of_is_refused(source: Any, position: str) -> None:
    """No system, an unknown one, one without a plane, exchanged axes, degrees called metres: nothing is guessed."""
    assert place(source, position) is None


def test_a_stop_without_a_place_is_kept(source: Any) -> None:
    """Many quays have none of their own."""
    ((_, row),) = source.read(DOCUMENT.format(location="", attribute="", default="").encode()).accepted
    assert not row.keys() & {"longitude", "latitude", "location_precision_m"}


def test_quays_inside_their_stop_place_are_stops_of_their_own(recorded: Callable[[str], Any]) -> None:
    """The European profile nests what the French one lists; a reference to another quay is no quay."""
    source = recorded("netex_stops+nested")
    found = source.read(source.slice).rows(STOP)
    assert [(row["stop_kind_code"], row["parent_stop_id"]) for row in found] == [
        ("entrance", "FR:13201:StopPlace:1"),
        ("stop", "FR:13201:StopPlace:1"),
        ("stop", "FR:13201:Quay:1-A"),
        ("station", None),
        ("station", "FR:13202:StopPlace:0"),
    ]
    held = next(element for element in source.connector.split(source.payload(source.slice)) if element.index == 3)
    assert b"Quay " not in held.raw


def test_texts_of_the_source_are_not_corrected(source: Any) -> None:
    """`feryPort` is what the delivery says."""
    assert {row["source_kind"] for row in source.read(source.slice).rows(STOP)} == {"feryPort", None}


def test_a_zip_gives_what_its_documents_give(source: Any, recorded: Callable[[str], Any]) -> None:
    """Documents without stops give nothing, and a kept node knows its document."""
    archive = recorded("netex_stops+zip")
    elements = list(archive.connector.split(archive.payload(archive.slice)))
    assert len(elements) == 4
    assert archive.connector.text(elements[0]).startswith("Arrets.xml\n<")
    again = archive.connector.reread(archive.connector.text(elements[0]))
    assert archive.connector.to_row(elements[0], archive.payload(b"")) == archive.connector.to_row(
        type(elements[0])(again.value, again.raw, 0), archive.payload(b"")
    )
