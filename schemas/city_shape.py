"""The shape of city and source files: every key an author may write, with one sentence for the editor."""

from __future__ import annotations

from schemas.label import LABEL_SHAPE
from schemas.shape import AnyValue, Choice, Day, Flag, Key, ListOf, MapOf, Number, Record, Text, Variant, Whole

_NAME = Text(r"[a-z][a-z0-9_]*", "san_francisco")
_ISSUER = Text(r"[a-z0-9_]+", "insee")
_ZONE_KEYS = {
    "kind": Key(Text(), "`h3` or `geojson`"),
    "label": Key(LABEL_SHAPE, "what the zones are called"),
    "issuer": Key(_ISSUER, "first part of zone identifiers"),
    "level_code": Key(_NAME, "code of list `level`"),
    "population": Key(Text(), "CSV of zone_id, population_count, population_year, population_source", required=False),
}
_LEVEL_SHAPE = Record({
    "level_code": Key(_NAME, "code of list `level`"),
    "issuer": Key(_ISSUER, "first part of its identifiers"),
    "property": Key(Text(), "property to dissolve on; absent for one zone that holds everything", required=False),
    "names": Key(MapOf(Text()), "value of the property -> public name"),
})
ZONES_SHAPE = Variant("kind", {
    "h3": Record(_ZONE_KEYS | {"resolution": Key(Whole(0, 15), "H3 resolution")}),
    "geojson": Record(_ZONE_KEYS | {
        "file": Key(Text(), "GeoJSON file in the city's folder, `.gz` allowed"),
        "id_properties": Key(ListOf(Text(), 1), "properties that together identify a feature"),
        "name_property": Key(Text(), "property that names it"),
        "names": Key(Text(), "CSV of id, name: presentable names", required=False),
        "parents": Key(ListOf(_LEVEL_SHAPE), "levels above, finest first", required=False),
    }),
})
INDICATORS_SHAPE = Record({
    "version": Key(Text(), "name of the epoch, in quotes"),
    "author": Key(Text(), "who decided it"),
    "valid_from": Key(Day(), "first local day it holds"),
    "period": Key(Choice(("day", "month")), "what a row counts"),
    "baseline": Key(Record({
        "method": Key(Choice(("same_weeks_of_earlier_years", "previous_periods")), "what a count is compared with"),
        "reference_windows": Key(Whole(1, 20), "most windows used"),
        "minimum_windows": Key(Whole(1, 20), "fewest covered windows"),
    }), "the baseline"),
    "recurrence_thresholds": Key(ListOf(Whole(1), 4, 4), "four ascending counts per 28 days"),
    "small_number_floor": Key(Whole(0), "baseline under which no percentage is shown"),
})
GAZETTEER_SHAPE = Record({
    "language": Key(Choice(("fr", "en")), "what abbreviations of streets mean"),
    "files": Key(ListOf(Text(), 1), "CSV: street, number, district, longitude, latitude, precision_m"),
})
CITY_SHAPE = Record({
    "city_id": Key(_NAME, "name of the folder"),
    "label": Key(LABEL_SHAPE, "the city's name as shown"),
    "country_code": Key(Text("[A-Z]{2}", "FR"), "ISO 3166-1 alpha-2"),
    "time_zone": Key(Text(), "IANA name, such as Europe/Paris"),
    "language": Key(Choice(("fr", "en")), "language its boards open in"),
    "bounds": Key(Record({
        "west": Key(Number(-180, 180), "western border"), "south": Key(Number(-90, 90), "southern border"),
        "east": Key(Number(-180, 180), "eastern border"), "north": Key(Number(-90, 90), "northern border"),
    }), "box outside which a position is refused"),
    "zones": Key(ZONES_SHAPE, "where its zones come from"),
    "gazetteer": Key(GAZETTEER_SHAPE, "streets that place reports with an address and no position", required=False),
    "indicators": Key(ListOf(INDICATORS_SHAPE, 1), "thresholds by epoch, oldest first"),
})
SOURCE_SHAPE = Record({
    "connector": Key(_NAME, "name of the connector module, equal to the file's name"),
    "label": Key(LABEL_SHAPE, "the source's name as shown"),
    "publisher": Key(Text(), "who publishes the data"),
    "licence": Key(Text(), "licence of the data"),
    "licence_url": Key(Text(), "address of the licence text", required=False),
    "time_zone": Key(Text(), "zone of its local times; the city's unless said", required=False),
    "recordings": Key(ListOf(Text()), "files in recordings/<connector>/", required=False),
    "settings": Key(MapOf(AnyValue()), "what the connector reads beside", required=False),
    "stand_in": Key(LABEL_SHAPE, "which absent source it stands in for, and what not to read from it", required=False),
    "max_rejected_ratio": Key(Number(0, 1), "share of refused rows that blocks publication"),
    "expected": Key(Flag(), "whether its absence blocks publication; true with recordings, else false", required=False),
    "access": Key(Choice(("open", "restricted")), "who may see what it tells; open unless said", required=False),
    "authorisation": Key(Record({
        "reference": Key(Text(), "number of the decision"),
        "authority": Key(Text(), "who took it"),
        "valid_from": Key(Day(), "first local day it holds"),
        "valid_to": Key(Day(), "last local day it holds; ingestion stops after it"),
        "retention_days": Key(Whole(1), "days its rows are kept; 30 unless said, and never more", required=False),
    }), "the dated decision without which a source forbidden by default does not start", required=False),
    "category_map": Key(Record({
        "author": Key(Text(), "who decided it"),
        "valid_from": Key(Day(), "first local day it holds"),
        "entries": Key(ListOf(Record({
            "source": Key(Text(), "the source's word"),
            "subcategory": Key(Text(), "the source's second word, when the first is not enough", required=False),
            "category": Key(_NAME, "code of list `incident_category`"),
            "author": Key(Text(), "who decided this line", required=False),
            "valid_from": Key(Day(), "first local day of this line", required=False),
            "valid_to": Key(Day(), "last local day of this line", required=False),
        }), 1), "the lines"),
    }), "local categories to the common list", required=False),
})
