"""EDXL-DE envelopes of the French emergency hub, around one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from simulator.city import City

RECIPIENT = "fr.police.vigie"
MOST_BYTES = 500_000
UNIT_KIND = "fire"
"""Kind of the units whose states and positions travel over the hub."""


def envelope(
    message_id: str, sender: str, sent_at: str, kind: str, status: str, content: Mapping[str, object]
) -> bytes:
    """One envelope of one message; ``kind`` is Report, Update or Cancel, ``status`` Actual or Exercise."""
    header = {
        "messageId": message_id, "sender": {"name": sender.rpartition(".")[2], "URI": f"hubex:{sender}"},
        "sentAt": sent_at, "kind": kind, "status": status,
        "recipient": [{"name": "vigie", "URI": f"hubex:{RECIPIENT}"}],
    }  # fmt: skip
    return orjson.dumps({
        "distributionID": message_id, "senderID": sender, "dateTimeSent": sent_at, "dateTimeExpires": sent_at,
        "distributionStatus": status, "distributionKind": kind,
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {"explicitAddressScheme": "hubex", "explicitAddressValue": RECIPIENT},
        },
        "content": [{"jsonContent": {"embeddedJsonContent": {"message": {**header, **content}}}}],
    })  # fmt: skip


def organisation(city: City) -> str:
    """Who tells of the fire service's units: ``fr.fire.…``, as in the numbers of its cases."""
    issuer = str(city.simulation["sources"]["cisu_emsi"]["issuer"])
    return issuer.partition(":")[2].strip(".")


def resource_id(city: City, unit_id: str) -> str:
    """A unit as the hub names it."""
    return f"{organisation(city)}.resource.{unit_id}"


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """A list of envelopes; over the hub each travels alone."""
    return b"[" + b",\n".join(messages) + b"]\n"
