"""Pavement condition of San Diego's street segments, as exported from its open-data portal.

CSV with header, UTF-8. Format facts:

* One line per segment of the pavement programme, without position, street or date: ``seg_id`` joins a street network,
  and the profile names the survey (`survey`), which is part of the key.
* ``pci`` is the Pavement Condition Index from 0 to 100. It is blank on 1,465 of 32,492 segments, as is its class: they
  were not assessed. Blank is no 0, which is the worst road there is.
* Classes: Good 85-100, Satisfactory 70-84, Fair 55-69, Poor 40-54, Very Poor 25-39, Serious 10-24, Failed under 10.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, identifier, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

CLASSES = ("good", "satisfactory", "fair", "poor", "very poor", "serious", "failed")


class SanDiegoPavement(FileConnector):
    """One segment of one survey; key ``san_diego:<survey>-<seg_id>``."""

    contract = "silver.road_condition_observation"
    family = "road_condition"
    label = Label(fr="État des chaussées (San Diego)", en="Pavement condition (San Diego)")
    attribution = Attribution(publisher="City of San Diego", licence="ODC PDDL 1.0", url="https://data.sandiego.gov")
    format = CsvFormat(columns=("seg_id", "pci", "pci_desc"))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Tell a segment that was not assessed from one that failed."""
        line = element.value
        index, written = number(line["pci"]), text(line["pci_desc"])
        known = (written or "").lower()
        survey = text(self.source.settings.get("survey"))
        return {
            "condition_id": identifier("san_diego", survey, line["seg_id"]),
            "road_asset_code": "carriageway",
            "road_segment_id": identifier("san_diego", line["seg_id"]),
            "survey_label": survey,
            "assessment_code": "not_assessed" if index is None and written is None else "assessed",
            "grade_scale_code": "unknown",
            "condition_index": index,
            "pavement_class_code": known.replace(" ", "_") if known in CLASSES else "unknown",
            "source_class": written,
        }
