"""Case files of the emergency medical service (RC-EDA 15-18), of nobody: neither caller nor patient is invented."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.city import City
from simulator.facts import DayFacts
from simulator.reports import EXERCISE
from simulator.wire import Message
from simulator.wire._edxl import MOST_BYTES as MOST_BYTES
from simulator.wire._edxl import envelope
from simulator.wire._edxl import packed as packed
from simulator.wire._told import SPOILT_INSTANT, Told, told_by, with_offset

SUFFIX = ".json"
SOURCE = "cisu_rc_eda"
PRECISIONS = {100.0: "ADRESSE", 300.0: "RUE", 5000.0: "VILLE"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One envelope per version of a case."""
    for row in told_by(facts, SOURCE):
        kind = "Cancel" if row.status == "cancelled" else "Report" if row.version == 1 else "Update"
        case_id = row.report_id.removeprefix("cisu:")
        sender, _, number = case_id.rpartition(".")
        yield Message(
            row.told_s,
            envelope(
                f"{case_id}-{row.version}", sender, with_offset(city, row.told_s), kind,
                "Exercise" if row.nature == EXERCISE else "Actual", {"createCase": _case(city, row, case_id, number)},
            ),
        )  # fmt: skip


def _case(city: City, row: Told, case_id: str, number: str) -> dict[str, object]:
    opened = SPOILT_INSTANT if row.is_spoilt else with_offset(city, row.first_told_s)
    location: dict[str, object] = {"locID": f"{number}-1", "country": "FR"}
    if row.longitude is not None and row.precision_m is not None:
        precision = PRECISIONS.get(row.precision_m, "INCONNUE")
        location["geometry"] = {
            "datetime": with_offset(city, row.told_s),
            "point": {"coord": {"lat": row.latitude, "lon": row.longitude, "precision": precision}},
        }
    return {
        "caseId": case_id, "senderCaseId": number, "creation": opened, "referenceVersion": "1.3",
        "qualification": {"whatsHappen": {"code": row.second_word or row.word, "label": row.word}},
        "location": location,
    }  # fmt: skip
