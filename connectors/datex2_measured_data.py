"""Flows, speeds and occupancies of road sensors in DATEX II (``MeasuredDataPublication``), versions 2 and 3.

Prefixes, envelope and namespaces as in ``connectors.datex2_situations``. Format facts:

* A site tells several quantities, told apart by ``index`` alone: which lane and class of vehicles one is stands in the
  table of sites, another document. So each quantity is a row.
* ``measurementTimeDefault`` is the time of the set of measurements; the standard leaves open whether it is the
  beginning or the end of the period. A time of the quantity itself comes first.
* ``vehicleFlowRate`` is in vehicles per hour whatever the period, so it is no count. Occupancy is in percent.
* ``dataError``, and the marker -1, mean that nothing was measured: the value is missing and never 0. No vehicle in the
  period is a flow of 0 and no speed.
* A quantity of another kind (travel time, weather) is a row without any of the three.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.datex2 import NAMESPACES, publisher_of
from connectors.sdk.decode import (
    PartsFormat,
    XmlFormat,
    absent,
    identifier,
    number,
    percent_to_ratio,
    zoned_instant,
)
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.tree import attribute, below, first, leaf, node
from schemas.contract import Label

QUANTITIES = ("measuredValue", "physicalQuantity")


def quantities(site: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each quantity of a site with the site and its time."""
    above = {
        "publisher": publisher_of(site),
        "site": attribute(node(site, "measurementSiteReference"), "@id"),
        "time": leaf(site, "measurementTimeDefault") or leaf(site, "measurementTimeDefault", "timeValue"),
    }
    for name in QUANTITIES:
        for quantity in site.get(name, ()):
            yield {**above, "index": attribute(quantity, "@index"), "quantity": quantity}


class Datex2MeasuredData(PollingConnector):
    """One quantity of one site at one time; key ``datex2:<publisher>-<site>-<index>-<time>``."""

    contract = "silver.traffic_measure"
    family = "road"
    label = Label(fr="Mesures de trafic (DATEX II)", en="Traffic measures (DATEX II)")
    attribution = Attribution(
        publisher="The publisher of the feed, named by the city profile",
        licence="The licence of the feed, named by the city profile",
        url="https://datex2.eu",
    )
    every = timedelta(minutes=1)
    format = PartsFormat(
        XmlFormat(
            "siteMeasurements",
            namespaces=NAMESPACES,
            inside=(
                *("payloadPublication@MeasuredDataPublication", "payload@MeasuredDataPublication"),
                "measuredDataPublication",
            ),
            context=("publicationCreator",),
            max_element_bytes=4 * 1024 * 1024,
        ),
        quantities,
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say the flow, the speed or the occupancy."""
        value = element.value
        publisher = [value["publisher"]] if value["publisher"] else []
        nodes = below(value["quantity"])
        own_time = leaf(first(nodes, "measurementOrCalculationTime")) or leaf(first(nodes, "timeValue"))
        time = zoned_instant(own_time or value["time"])
        is_failed = leaf(first(nodes, "dataError")) in ("true", "1")
        return {
            "traffic_measure_id": identifier("datex2", *publisher, value["site"], value["index"], time),
            "counting_site_id": identifier("datex2", *publisher, value["site"]),
            "channel_number": number(value["index"]),
            "period_started_at": time,
            "flow_vehicles_per_hour": None if is_failed else _measured(nodes, "vehicleFlowRate"),
            "mean_speed_kmh": None if is_failed else _measured(nodes, "speed"),
            "road_occupancy_ratio": None
            if is_failed
            else percent_to_ratio(_measured(nodes, "percentage", "occupancy")),
        }


def _measured(nodes: dict[str, list[Any]], name: str, holder: str = "") -> Any:
    """A number of the quantity, within ``holder`` when it is named; -1 is none."""
    within = below(first(nodes, holder)) if holder else nodes
    return absent(number(leaf(first(within, name))), -1, -1.0)
