"""Case files and their updates shared between emergency medical services (RS-EDA, RS-EDA-MAJ), from the Hub Santé.

EDXL-DE envelope or bare message, JSON or XML; format facts as in ``cisu_rc_eda``. Beside them:

* An update (``createCaseHealthUpdate``) tells what changed and, by its schema, never when and where the case began. A
  report is kept whole, so an update would erase both: the contract refuses it (``required`` of ``occurred_at``), the
  case stays as it was, and the dead letter keeps state and priority for the day updates can be merged.
* ``details`` hold the priority (P0 to P3) and the state of the case. A case without a state is open.
* Patients, notes, decisions, diagnoses and destinations are not read. Where only a health motive says what
  happened, its chapter (``M02``) is the category.
"""

from __future__ import annotations

from connectors._cisu import ATTRIBUTION, CASE, CisuConnector, case_parts, case_row
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.edxl import EdxlFormat, Kind
from schemas.contract import Label


class CisuRsEda(CisuConnector):
    """One case; key ``cisu:<caseId>``."""

    contract = "silver.incident_report"
    family = "fire_ems"
    label = Label(fr="Dossiers partagés entre SAMU (RS-EDA)", en="Case files shared between medical services (RS-EDA)")
    attribution = ATTRIBUTION
    format = EdxlFormat({"createCaseHealth": Kind(CASE, case_parts), "createCaseHealthUpdate": Kind(CASE, case_parts)})

    def to_row(self, element: Element, payload: Payload) -> Row:
        """What, where and when, of nobody."""
        return case_row(element.value)
