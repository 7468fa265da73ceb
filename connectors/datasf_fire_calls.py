"""Fire and medical calls of San Francisco, one line per unit sent, as exported from DataSF.

CSV with header, UTF-8. Format facts:

* All ten timestamps are wall clock of the source's time zone; the ``+00:00`` behind them is wrong. A stage that did not
  happen is an empty text: it stays missing and is never 0. Clocks of units disagree: a later stage may be earlier.
* A call is told once by each of its units. The report holds only what is equal on all of them; ``response`` to
  ``available``, ``call_final_disposition`` and ``als_unit`` belong to the unit and go to the dispatch.
* ``row_id`` is the nine-digit call number and the unit, the key of a dispatch.
* Places are street blocks or crossings: 100 m is the length of a block side.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, identifier, local_instant, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

CALL_STAGES = {"received_at": "received", "answered_at": "entry", "dispatched_at": "dispatch"}
UNIT_STAGES = {
    "en_route_at": "response",
    "arrived_at": "on_scene",
    "transport_started_at": "transport",
    "hospital_arrived_at": "hospital",
    "closed_at": "available",
}


class DatasfFireCalls(FileConnector):
    """A line gives the report of its call (``sffd:<call_number>``) and one dispatch (``sffd:<row_id>``)."""

    contract = "silver.incident_report"
    family = "fire_ems"
    label = Label(fr="Appels des pompiers (San Francisco)", en="Fire department calls (San Francisco)")
    attribution = Attribution(
        publisher="City and County of San Francisco, DataSF",
        licence="ODC PDDL 1.0",
        url="https://data.sfgov.org",
    )
    format = CsvFormat(
        columns=(
            *(f"{stage}_timestamp" for stage in (CALL_STAGES | UNIT_STAGES).values()),
            *("call_number", "row_id", "unit_id", "unit_type", "call_type", "final_priority", "call_final_disposition"),
            *("address", "longitude", "latitude"),
        )
    )

    @property
    def contracts(self) -> tuple[str, ...]:
        """Reports of calls and dispatches of units."""
        return ("silver.incident_report", "silver.unit_dispatch")

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Describe the call alone, so that all its units tell the identical report."""
        return {
            **self._call(element),
            "occurred_at": local_instant(element.value["received_timestamp"], self.zone),
            "time_precision_code": "second",
            "address": text(element.value["address"]),
        }

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """The report of the call, then the dispatch of the unit."""
        yield "silver.incident_report", self.to_row(element, payload)
        yield "silver.unit_dispatch", self._dispatch(element)

    def _call(self, element: Element) -> Row:
        line = element.value
        return {
            "report_id": identifier("sffd", line["call_number"]),
            **self._stages(element, CALL_STAGES),
            "source_category": text(line["call_type"]),
            "source_priority": text(line["final_priority"]),
            "longitude": number(line["longitude"]),
            "latitude": number(line["latitude"]),
            "location_precision_m": 100,
        }

    def _dispatch(self, element: Element) -> Row:
        line = element.value
        return {
            **self._call(element),
            "dispatch_id": identifier("sffd", line["row_id"]),
            "unit_id": text(line["unit_id"]),
            "unit_type": text(line["unit_type"]),
            **self._stages(element, UNIT_STAGES),
            "source_disposition": text(line["call_final_disposition"]),
        }

    def _stages(self, element: Element, stages: dict[str, str]) -> Row:
        return {
            column: local_instant(element.value[f"{stage}_timestamp"], self.zone) for column, stage in stages.items()
        }
