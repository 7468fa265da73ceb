"""The shape of `cities/<city>/simulation.yaml`: every key an author may write, with one sentence for the editor."""

from __future__ import annotations

from schemas.shape import Choice, Key, ListOf, MapOf, Number, Record, Text, Whole
from schemas.simulation_plans_shape import CONFLICT_RULES_SHAPE, PLANS_SHAPE, REGISTERS_SHAPE
from schemas.simulation_sensors_shape import SENSORS_SHAPE, SOUND_SHAPE

_NAME = Text(r"[a-z][a-z0-9_]*", "nightlife")
_RATIO = Number(0, 1)
_FACTORS = MapOf(Number(0))
_SPREAD = Record({
    "median": Key(Number(0), "half of them are below"), "p90": Key(Number(0), "nine of ten are below"),
})
_RANGE = ListOf(Number(), 2, 2)
EFFECTS = ("school_holiday", "public_holiday", "rain", "hot", "heat_wave", "storm", "crisis")
DEMO_SHAPE = Record({
    "day": Key(Text(r"\d{4}-\d\d-\d\d", "2025-09-13"), "the local day"),
    "seed": Key(Whole(0), "the seed of the city"),
})
PLACE_SHAPE = Record({
    "kind": Key(_NAME, "what the places are: school, park"),
    "file": Key(Text(), "CSV in the city's folder, `.gz` allowed"),
    "delimiter": Key(Text(), "of the CSV, or `tab`; comma unless said", required=False),
    "name": Key(Text(), "column of the name"),
    "longitude": Key(Text(), "column of the longitude, WGS 84"),
    "latitude": Key(Text(), "column of the latitude, WGS 84"),
    "only": Key(ListOf(Text(), 1), "names to take; all unless said", required=False),
})
WEATHER_SHAPE = Record({
    "file": Key(Text(), "CSV of a station in the city's folder, `.gz` allowed"),
    "delimiter": Key(Text(), "of the CSV"),
    "time": Key(Text(), "column of the instant, with offset"),
    "temperature": Key(Text(), "column of the temperature in kelvin"),
    "rain": Key(Text(), "column of the rain of three hours in millimetres"),
    "departement": Key(Text(r"\d[\dAB]\d?", "13"), "area that warnings are given for"),
})
SPECIAL_SHAPE = Record({
    "per_year": Key(Number(0, 20), "how many a year, each year anew"),
    "months": Key(ListOf(Whole(1, 12), 1), "months it may begin in"),
    "days": Key(ListOf(Whole(1, 60), 2, 2), "shortest and longest length in days"),
    "hours": Key(ListOf(Whole(0, 24), 2, 2), "local hours it holds in"),
    "warmer_c": Key(Number(0, 20), "degrees above the recorded series", required=False),
    "burst": Key(_FACTORS, "incidents at one place on its first day, by category", required=False),
    "burst_radius_m": Key(Number(1, 5000), "how far they lie around the place", required=False),
})
RHYTHM_SHAPE = Record({
    "hours": Key(ListOf(Number(0), 24, 24), "weights of the local hours"),
    "weekdays": Key(ListOf(Number(0), 7, 7), "weights of the days, Monday first"),
    "months": Key(ListOf(Number(0), 12, 12), "weights of the months"),
})
CATEGORY_SHAPE = Record({
    "per_day": Key(Number(0), "incidents on a usual day"),
    "rhythm": Key(_NAME, "name under `rhythms`"),
    "places": Key(_FACTORS, "share of each kind of place: street, hot, or a kind under `places`"),
    "minutes": Key(_SPREAD, "how long it lasts"),
    "severity": Key(ListOf(Number(0), 4, 4), "weights of low, moderate, high, critical"),
    "near_repeat_ratio": Key(Number(0, 0.5), "share that follows another nearby within two weeks", required=False),
    "effects": Key(_FACTORS, f"factor while it holds: {', '.join(EFFECTS)}", required=False),
})
OCCUPATION_SHAPE = Record({
    "per_weekday": Key(ListOf(Number(0), 7, 7), "how many begin on a Monday, Tuesday, …"),
    "months": Key(ListOf(Whole(1, 12), 1), "months it happens in; all unless said", required=False),
    "places": Key(_FACTORS, "share of each kind of place"),
    "fixed_places": Key(Whole(1), "how many places it happens at; anywhere unless said", required=False),
    "starts": Key(_RANGE, "local hours between which it begins"),
    "hours": Key(_SPREAD, "how long it lasts"),
    "setup_minutes": Key(Number(0), "building up before it begins"),
    "removal_minutes": Key(Number(0), "removing after it ends"),
    "radius_m": Key(_RANGE, "smallest and largest footprint"),
    "attendance": Key(_SPREAD, "persons at its fullest", required=False),
    "lead_days": Key(_RANGE, "how many days before it is announced"),
    "incidents_per_1000": Key(_FACTORS, "incidents per thousand persons, by category", required=False),
})
UNIT_SHAPE = Record({
    "count": Key(Whole(1), "units on duty"),
    "stations": Key(Whole(1), "places they wait at, shared; a place of its own each unless said", required=False),
    "attends": Key(_FACTORS, "share of incidents it is sent to, by category"),
    "cases": Key(_NAME, "source that tells its cases: opening one is receiving the call", required=False),
    "handling_seconds": Key(_SPREAD, "from the call to the dispatch"),
    "turnout_seconds": Key(_SPREAD, "from the dispatch to the departure"),
    "speed_kmh": Key(_SPREAD, "as the crow flies"),
    "scene_minutes": Key(_SPREAD, "from the arrival until free again"),
    "position_seconds": Key(Whole(1), "between two positions it tells", required=False),
})
POSITION_SHAPE = Record({
    "share": Key(_RATIO, "of the reports"),
    "error_m": Key(Number(0), "median distance from the truth"),
    "states_m": Key(Number(0), "precision it states; absent when it gives no position", required=False),
})
SOURCE_SHAPE = Record({
    "issuer": Key(Text(r"[a-z][a-z0-9_]*:.*", "cisu:fr.fire.made."), "how its identifiers begin"),
    "sees": Key(_FACTORS, "probability that it tells of an incident, by category"),
    "words": Key(MapOf(ListOf(Text(), 1, 2)), "category: its word, and a second one where it has two"),
    "otherwise": Key(ListOf(Text(), 1, 2), "its words for categories it has none for"),
    "delay_seconds": Key(_SPREAD, "from the incident to the first telling"),
    "states": Key(Choice(("occurrence", "telling")), "which instant it gives as that of the fact"),
    "time_step_seconds": Key(Whole(1), "smallest step of its clock"),
    "rounded_ratio": Key(_RATIO, "share of times rounded to the half hour", required=False),
    "is_local_clock": Key(Choice(("yes", "no")), "`yes` when it writes wall clock without offset", required=False),
    "positions": Key(ListOf(POSITION_SHAPE, 1), "kinds of position it gives"),
    "posts": Key(Record({
        "count": Key(Whole(1), "how many stand in the city"),
        "faulty_ratio": Key(_RATIO, "share that is out of order in a month: it tells so once a day and is silent"),
        "tested_days": Key(Whole(1), "days between two tests of a post"),
    }), "fixed posts that tell where they stand instead", required=False),
    "confused_ratio": Key(_RATIO, "share told as another category"),
    "duplicate_ratio": Key(_RATIO, "share told once more under another number"),
    "corrected_ratio": Key(_RATIO, "share corrected later"),
    "cancelled_ratio": Key(_RATIO, "share taken back"),
    "closed_ratio": Key(_RATIO, "share closed later"),
    "later_seconds": Key(_SPREAD, "from the first telling to a later one"),
    "false_ratio": Key(Number(0, 0.9), "share of all reports that no incident is behind"),
    "spoilt_ratio": Key(_RATIO, "share of tellings with a time that is none, to be refused", required=False),
    "exercises_per_day": Key(Number(0), "drills", required=False),
    "outages_per_year": Key(Number(0, 365), "times it falls silent", required=False),
    "outage_hours": Key(Number(0, 24), "median length of a silence", required=False),
})
HOSPITAL_SHAPE = Record({
    "arrivals_per_day": Key(Number(0), "all arrivals at emergency departments, of every cause"),
    "hours": Key(ListOf(Number(0), 24, 24), "weights of the local hours"),
    "from_incidents": Key(_FACTORS, "share of incidents that bring somebody, by category"),
    "sites": Key(ListOf(Record({
        "name": Key(Text(), "as the site signs its messages"), "weight": Key(Number(0), "share of arrivals"),
        "told_by": Key(_NAME, "connector of its feed; hl7v2_adt unless said", required=False),
    }), 1), "emergency departments"),
})
BUS_SHAPE = Record({
    "lines": Key(Whole(1), "invented lines through real streets"),
    "stops": Key(Whole(2), "stops of a line"),
    "headway_minutes": Key(Number(1), "between two departures"),
    "every_minutes": Key(Number(1), "between two states of the feed"),
    "disturbs": Key(_FACTORS, "share of incidents beside a line that disturb it, by category"),
    "delay_seconds": Key(_SPREAD, "added while disturbed"),
})
FEED_SHAPE = Record({
    "every_seconds": Key(Number(1), "between two positions or states it tells", required=False),
    "units": Key(Whole(1), "how many patrols it follows, which no other source then tells of", required=False),
    "lines": Key(Whole(1), "how many bus lines it follows", required=False),
    "omits": Key(MapOf(_RATIO), "share of each of its words that nobody tells it", required=False),
    "spoilt_ratio": Key(_RATIO, "share of tellings with something impossible in them, to be refused", required=False),
})
VIDEO_SHAPE = Record({
    "cameras": Key(Whole(1), "cameras whose pictures are analysed"),
    "sees_m": Key(Number(1), "how far one sees"),
    "events": Key(MapOf(Record({
        "from": Key(_FACTORS, "share of the incidents in view that raise it, by category"),
        "false_ratio": Key(Number(0, 0.99), "share of its alerts that nothing is behind"),
    })), "codes of list `video_category`"),
})
SIMULATION_SHAPE = Record({
    "demo": Key(DEMO_SHAPE, "what the demonstration of the city shows unless told otherwise"),
    "inhabitants": Key(Whole(1), "what the volumes are made for"),
    "places": Key(ListOf(PLACE_SHAPE), "facilities; streets come from the gazetteer"),
    "hot_places": Key(Record({
        "count": Key(Whole(1), "how many"), "spread_m": Key(Number(1), "how far incidents lie around one"),
        "exponent": Key(Number(0, 3), "of the power law of their weights"),
    }), "places where much happens"),
    "weather": Key(WEATHER_SHAPE, "a recorded series, repeated every year"),
    "school_holidays": Key(Text(), "CSV of starts, ends, name in the city's folder"),
    "public_holidays": Key(ListOf(Text(r"\d\d-\d\d", "07-14")), "fixed days, month-day"),
    "specials": Key(MapOf(SPECIAL_SHAPE), "heat_wave, storm, crisis"),
    "rhythms": Key(MapOf(RHYTHM_SHAPE), "named rhythms of categories"),
    "categories": Key(MapOf(CATEGORY_SHAPE), "codes of list `incident_category`"),
    "occupations": Key(MapOf(OCCUPATION_SHAPE), "kinds of planned occupation"),
    "planted_conflict_ratio": Key(_RATIO, "occupations beside which a conflicting one is planned"),
    "plans": Key(PLANS_SHAPE, "what occupations are beside their place and time"),
    "conflict_rules": Key(CONFLICT_RULES_SHAPE, "measures of the rules that plans can break"),
    "registers": Key(REGISTERS_SHAPE, "connectors whose wire format plans are written in, beside calendars and works"),
    "units": Key(MapOf(UNIT_SHAPE), "kinds of unit"),
    "hospitals": Key(HOSPITAL_SHAPE, "emergency departments"),
    "buses": Key(BUS_SHAPE, "public transport"),
    "video": Key(VIDEO_SHAPE, "alerts of cameras, isolated by law"),
    "sound": Key(SOUND_SHAPE, "alerts of sound sensors, off without a decision"),
    "sensors": Key(SENSORS_SHAPE, "sensors that measure and count"),
    "sources": Key(MapOf(SOURCE_SHAPE), "connectors whose wire format the reports are written in"),
    "feeds": Key(MapOf(FEED_SHAPE), "connectors of sources that tell states, not reports", required=False),
})
