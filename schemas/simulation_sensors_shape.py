"""The part of `cities/<city>/simulation.yaml` on sensors: how many, how often they tell, and what they find usual."""

from __future__ import annotations

from schemas.shape import Key, MapOf, Number, Record, Text, Whole

_RATIO = Number(0, 1)
_NAME = Text(r"[a-z][a-z0-9_]*", "day")
_STEP = Key(Whole(1, 60), "between two tellings")
_FAULTY = Key(_RATIO, "share of devices that give nothing for some hours of a day")
_RHYTHM = Key(_NAME, "name under `rhythms`")
SENSORS_SHAPE = Record({
    "noise": Key(Record({
        "meters": Key(Whole(1), "how many"), "every_minutes": _STEP, "faulty_ratio": _FAULTY, "rhythm": _RHYTHM,
        "night_db": Key(Number(20, 90), "where nothing moves"),
        "day_db": Key(Number(20, 90), "at the mean of a day"),
    }), "sound-level meters"),
    "counting": Key(Record({
        "cameras": Key(Whole(1), "how many of the cameras count"),
        "per_day": Key(Number(0), "passages before one on a usual day"), "rhythm": _RHYTHM,
        "sees_m": Key(Number(1), "how far one sees a crowd"),
        "device_facts_per_day": Key(Number(0), "tampering, lost signals and their like, of all"),
        "forbidden_per_day": Key(Number(0), "notifications of analyses that somebody left on, to be refused"),
    }), "cameras reduced to counting"),
    "presence": Key(Record({
        "every_minutes": _STEP, "rhythm": _RHYTHM,
        "visitors": Key(Number(0), "visitors at each hot place on the mean of a day"),
        "least": Key(Number(0), "persons in a zone where nobody lives, on the mean of a day"),
        "error_ratio": Key(_RATIO, "how far the operator's estimate is off"),
    }), "presences that a mobile operator estimates by zone"),
    "traffic": Key(Record({
        "loops": Key(Whole(1), "how many sites"), "every_minutes": _STEP, "faulty_ratio": _FAULTY, "rhythm": _RHYTHM,
        "per_hour": Key(Number(1), "vehicles on the mean of a day"),
        "free_kmh": Key(Number(1), "speed of an empty street"),
        "slowed_by": Key(MapOf(_RATIO), "what is left of flow and speed beside an incident, by category"),
        "sees_m": Key(Number(1), "how far an incident or a closed street holds traffic up"),
    }), "sites that measure traffic"),
    "survey": Key(Record({
        "per_day": Key(Whole(1), "streets that the vehicle passes on a weekday"),
        "hazards": Key(Whole(0), "reported hazards that it looks at on a weekday, at most"),
        "grades": Key(MapOf(_RATIO), "share of streets by grade: 1 best to 5 worst"),
    }), "road survey, every street once in half a year"),
})
SOUND_SHAPE = Record({
    "sensors": Key(Whole(1), "sensors that classify sounds"),
    "hears_m": Key(Number(1), "how far one hears"),
    "events": Key(MapOf(Record({
        "from": Key(MapOf(Number(0)), "share of the incidents in earshot that raise it, by category"),
        "false_ratio": Key(Number(0, 0.99), "share of its alerts that nothing is behind"),
    })), "display names of AudioSet classes"),
})
