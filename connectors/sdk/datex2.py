"""The vocabulary of DATEX II, the same in versions 2 and 3, as codes of the platform's lists."""

from __future__ import annotations

from typing import Any

from connectors.sdk.tree import leaf

NAMESPACES = ("http://datex2.eu/schema/", "http://levelC/schema/")
"""The standard's own, and that of national profiles drawn up at its level C (Spain's)."""
WORKS = ("ConstructionWorks", "MaintenanceWorks", "Roadworks")
TYPES = {
    "roadworks": WORKS,
    "accident": ("Accident",),
    "obstruction": (
        *("Obstruction", "GeneralObstruction", "VehicleObstruction", "AnimalPresenceObstruction"),
        *("EnvironmentalObstruction", "InfrastructureDamageObstruction", "NonWeatherRelatedRoadConditions"),
    ),
    "weather_condition": ("PoorEnvironmentConditions", "WeatherRelatedRoadConditions", "RoadConditions", "Conditions"),
    "traffic_management": (
        *("NetworkManagement", "GeneralNetworkManagement", "ReroutingManagement", "SpeedManagement"),
        *("RoadOrCarriagewayOrLaneManagement", "WinterDrivingManagement", "OperatorAction"),
        *("GeneralInstructionToRoadUsers", "GeneralInstructionOrMessageToRoadUsers", "RoadsideAssistance"),
    ),
    "public_event": ("PublicEvent",),
    "other": (
        *("Activity", "AbnormalTraffic", "AuthorityOperation", "DisturbanceActivity", "CarParks", "TransitInformation"),
        *("EquipmentOrSystemFault", "ServiceDisruption", "RoadsideServiceDisruption", "NonRoadEventInformation"),
        *("ServiceInformation", "ReroutingInformation", "SignSetting", "GenericSituationRecord"),
    ),
}
TYPE_OF = {name: code for code, names in TYPES.items() for name in names}
CLOSURES = ("roadClosed", "carriagewayClosures", "closedPermanentlyForTheWinter")
SEVERITIES = {"lowest": "low", "low": "low", "medium": "moderate", "high": "high", "highest": "critical"}
STATUSES = {
    "active": "active",
    "suspended": "suspended",
    "planned": "scheduled",
    "definedByValidityTimeSpec": "scheduled",
}
OCCUPATION_STATUSES = {"active": "in_progress", "suspended": "postponed", "scheduled": "planned"}
MEASURES = {
    "roadBlocked": "road_closed",
    "carriagewayBlocked": "road_closed",
    "lanesBlocked": "narrowed_road",
    "roadPartiallyObstructed": "narrowed_road",
    "carriagewayPartiallyObstructed": "narrowed_road",
    "lanesPartiallyObstructed": "narrowed_road",
    "lanesDeviated": "narrowed_road",
}


def publisher_of(element: dict[str, Any]) -> str:
    """Country and national identifier of who made the publication an element stands in; empty when it does not say."""
    creator = element["@before"].get("publicationCreator")
    return "-".join(filter(None, (leaf(creator, "country"), leaf(creator, "nationalIdentifier"))))
