"""What analysts say of two reports: one event, different events, or a decision withdrawn. JSON Lines in a folder.

``vigie incident`` writes such files, and any tool of the town may; one line is one decision on one pair::

    {"first_report_id": "sis:2026-88", "second_report_id": "pm_marseille:2026-1200",
     "decision": "same", "decided_at": "2026-11-24T09:30:00Z"}

* A pair has no order: the smaller identifier becomes the first, so what is said of (a, b) and of (b, a) has one key,
  and what was decided last holds.
* Who decided is no business of the platform: nothing but the four fields leaves a line, and of a field that holds more
  than a text nothing does.
* A report and itself are no pair; no rule of a contract compares two texts, so the line is refused here (``shape``).
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import text, zoned_instant
from connectors.sdk.element import Decoded, Element, Payload, Row, canonical, number, refused
from connectors.sdk.formats import JsonLinesFormat
from connectors.sdk.formats.kept_fields import KeptFieldsFormat
from schemas.contract import Label

_PAIR = ("first_report_id", "second_report_id")
FIELDS = (*_PAIR, "decision", "decided_at")
"""All that is kept of a line."""


class IncidentDecisions(FileConnector):
    """One decision on two reports; key: both identifiers, the smaller one first."""

    contract = "silver.incident_decision"
    family = "analysts"
    label = Label(fr="Décisions d'analyste sur les incidents", en="Analysts' decisions on incidents")
    attribution = Attribution(
        publisher="The town's observatory, named by the city profile",
        licence="Internal to the observatory; nothing is published",
    )
    format = KeptFieldsFormat(JsonLinesFormat(), FIELDS)

    def split(self, payload: Payload) -> Iterator[Element]:
        """Lines, cut to the four fields; one that names no two reports is refused."""
        return number(map(_of_two_reports, self.format.decode(payload.content)))

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept line."""
        return _of_two_reports(self.format.reread(text, context))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """The decision, with its pair in order."""
        told = element.value
        first, second = (text(told.get(name)) for name in _PAIR)
        if first and second:
            first, second = sorted((first, second))
        return {
            "first_report_id": first,
            "second_report_id": second,
            "decision_code": text(told.get("decision")),
            "decided_at": zoned_instant(told.get("decided_at")),
        }


def _of_two_reports(found: Decoded) -> Decoded:
    """The line, unless a field holds more than a text (a name could be in it) or both reports are one."""
    if found.violations:
        return found
    texts = {name: value for name, value in found.value.items() if value is None or isinstance(value, str)}
    odd = next((name for name in found.value if name not in texts), None)
    if odd:
        message = f"`{odd}` holds more than a text; nothing of it is kept. Write a text, and who decided nowhere."
        return refused("shape", canonical(texts), message, column=odd)
    first, second = (text(texts.get(name)) for name in _PAIR)
    if first is not None and first == second:
        message = f"{first!r} is named twice; a decision is on two reports. Name the other one, or drop the line."
        return refused("shape", found.raw, message, column="second_report_id", value=first)
    return found
