"""What a city profile may say of its works: which field of a record holds what."""

from __future__ import annotations

from typing import Any

from connectors.sdk.errors import BadSetting
from schemas.city import CityProfile, SourceSettings

FIELDS = {
    "id": "field, or list of fields, that identifies the record within its publisher",
    "situation": "identifier of what several records belong to",
    "type": "kind of works in the publisher's words, mapped by `types` and `kinds`",
    "effect": "effect on traffic in words, or a list of them",
    "status": "progress in words, mapped by `statuses`",
    "severity": "importance in words, mapped by `severities`",
    "starts": "first day or instant",
    "ends": "last day, included, or instant",
    "period": "both in French words, when there is no `starts`",
    "published": "instant of publication; dates without a year are near it",
    "updated": "instant of the last change",
    "street": "name of the street",
    "section": "between which streets or markers",
    "road": "text that holds a road number (D923, RD 0316)",
    "municipality": "name of the municipality",
    "municipality_code": "its code, of the register `municipality_issuer` (`insee` unless said)",
    "shape": "GeoJSON geometry or feature",
    "point": "`{lon, lat}`",
}
OTHER_SETTINGS = (
    "url",
    "headers",
    "secret_parameters",
    "folder",
    "issuer",
    "fields",
    "days",
    "times",
    "types",
    "kinds",
    "statuses",
    "severities",
    "municipality_issuer",
)


TIMES = ("local", "milliseconds")
"""How instants are written when not with an offset: by the city's clock, or as milliseconds since 1970."""


def judged_fields(source: SourceSettings, city: CityProfile) -> dict[str, Any]:
    """The setting `fields`.

    Raises:
        BadSetting: an unknown key, or no `issuer` or no field that identifies a record or tells its dates.
    """
    where = f"source {source.connector} of city {city.city_id}"
    fields = source.settings.get("fields")
    if not isinstance(fields, dict) or not isinstance(source.settings.get("issuer"), str):
        raise BadSetting(f"{where}: expected `issuer` and `fields` under `settings`; say which field holds what")
    for given, known, what in (
        (source.settings, OTHER_SETTINGS, "setting"),
        (fields, tuple(FIELDS), "field"),
    ):
        strange = sorted(set(given) - set(known))
        if strange:
            expected = ", ".join(known)
            raise BadSetting(f"{where}: found the {what} {strange[0]!r}; expected one of {expected}; correct it")
    if source.settings.get("times", "local") not in TIMES:
        raise BadSetting(f"{where}: `times` is {source.settings['times']!r}; expected one of {', '.join(TIMES)}")
    if "id" not in fields or not {"starts", "period"} & set(fields):
        raise BadSetting(f"{where}: `fields` names no `id`, or neither `starts` nor `period`; add them")
    return dict(fields)
