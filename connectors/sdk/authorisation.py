"""Whether the law lets a source be read: some are off until a dated decision stands in the city's profile."""

from __future__ import annotations

from datetime import datetime

from connectors.sdk.connector import SourceConnector
from connectors.sdk.errors import NotAuthorised
from schemas.isolation import is_isolated

ISOLATED_BASIS = (
    "decree 2023-828: alerts of the eight video events need a dated authorisation of the prefect, and nothing else of "
    "the platform may use them"
)


def basis_of(connector: SourceConnector) -> str:
    """Why a source is off until a decision lets it start; empty for the sources that need none."""
    return ISOLATED_BASIS if any(map(is_isolated, connector.contracts)) else connector.off_by_default


def require_authorisation(connector: SourceConnector, at: datetime) -> None:
    """Refuse to read a source that may not be read at an instant.

    A source that is off by default needs ``authorisation`` in its file, in force on the local day of ``at``; one with
    ``off_by_default`` needs ``settings.enabled: true`` as well, and ``enabled: false`` switches any source off.

    Raises:
        NotAuthorised: says the law, what is missing and what to do.
    """
    source, basis = connector.source, basis_of(connector)
    where = f"cities/{connector.city.city_id}/sources/{connector.name}.yaml"
    if source.settings.get("enabled", not connector.off_by_default) is not True:
        because = f" ({basis})" if basis else ""
        raise NotAuthorised(
            f"source {connector.name} is switched off{because}; `settings.enabled: true` in {where} switches it on"
        )
    if not basis:
        return
    decision = source.authorisation
    if decision is None:
        raise NotAuthorised(
            f"source {connector.name} is off: {basis}. {where} holds no `authorisation` (reference, authority, "
            "valid_from, valid_to); add the decision there, or leave the source off"
        )
    if not decision.holds_at(at, source.time_zone):
        raise NotAuthorised(
            f"source {connector.name} is off: decision {decision.reference} of {decision.authority} holds from "
            f"{decision.valid_from} to {decision.valid_to} and not at {at.isoformat()}. {basis[0].upper()}{basis[1:]}. "
            f"Ingestion stays stopped until a decision in force stands in {where}"
        )


def is_authorised(connector: SourceConnector, at: datetime) -> bool:
    """Whether a source may be read at an instant; see ``require_authorisation``."""
    try:
        require_authorisation(connector, at)
    except NotAuthorised:
        return False
    return True
