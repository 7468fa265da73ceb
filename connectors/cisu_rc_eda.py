"""Case files shared between emergency medical and fire services (RC-EDA, 15-18), from the Hub Santé.

EDXL-DE envelope or bare message, JSON or XML. Format facts:

* ``caseId`` is shared by all services; RS-EDA and EMSI tell the same case under it. The newest message counts.
* Instants are written with an offset, never ``Z``, and without fractions; the official schema refuses others.
* ``distributionKind`` ``Cancel`` takes the case back; ``distributionStatus`` ``Exercise`` is flagged and not counted.
* What happened is a code ``C01.01.04``: the chapter and group are the category, the whole code is the subcategory.
* The message holds callers, victims, notes and addresses: none of it is read, see ``connectors.sdk.formats.edxl``.
"""

from __future__ import annotations

from connectors._cisu import ATTRIBUTION, CASE, CisuConnector, case_parts, case_row
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.edxl import EdxlFormat, Kind
from schemas.contract import Label


class CisuRcEda(CisuConnector):
    """One case; key ``cisu:<caseId>``."""

    contract = "silver.incident_report"
    family = "fire_ems"
    label = Label(fr="Dossiers partagés 15-18 (RC-EDA)", en="Shared fire and medical case files (RC-EDA)")
    attribution = ATTRIBUTION
    format = EdxlFormat({"createCase": Kind(CASE, case_parts)})

    def to_row(self, element: Element, payload: Payload) -> Row:
        """What, where and when, of nobody."""
        return case_row(element.value)
