"""What ONVIF notifications may become, by law: facts about a device, counts, or nothing.

CNIL, 5 December 2024: outside the isolated class a camera that analyses its picture may only feed statistics. So the
list of device facts is closed, everything else is a count, and what would tell a person or an alert is kept out. The
names are those of the ONVIF standard and of common firmwares, which tell one fact under several topics.
"""

from __future__ import annotations

import re

from connectors.sdk.formats.onvif import Notification, classes_in, plain_topic, truth

_GENERIC = {"state", "value", "active", "isactive", "status", "logicalstate", "alarm", "isalarm", "detected"}

BIOMETRIC = re.compile(
    r"face|plate|lpr|anpr|recogni|biometr|human(body|face|attribute)|gender|(?-i:Emotion|\bemotion)|identi(ty|fication)|"
    r"thumbnail|image$|image/|snapshot|attributedetect|cloth(es|ing)|ismask|mask(detect|wear)|bodytemp|"
    r"(upper|lower|hair|cloth\w*)colou?r",
    re.I,
)
BEHAVIOUR = re.compile(r"loiter|tailgat|fight|violen|aggress|gesture|posture|pose\b|smok(er|ing)|phonecall", re.I)
SOUND = re.compile(r"^audio(analytics|source)|detectedsound|soundclass|scream|gunshot|glassbreak", re.I)
EIGHT = re.compile(
    r"intrusion|trespass|abandon|unattended|left(behind|object)|object(is)?left|weapon|gun\b|knife|firearm|wrong(way|direction)|"
    r"counterflow|contraflow|fall(en|down|detect|ing)|man(is)?down|person(is)?down|crowd|density|panic|flame|smoke|"
    r"fire(alarm|detect|outbreak)|isfire|/fire|fenceguard|perimeterdefender",
    re.I,
)
_DEVICE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"tamper|globalscenechange|scenechange", re.I), "tamper"),
    (re.compile(r"imagetoo(blurry|dark|bright)|image(quality|defocus)", re.I), "image_fault"),
    (re.compile(r"signalloss|videoloss|connectionfailure", re.I), "signal_loss"),
    (re.compile(r"hardwarefailure|storagefailure|fanfailure|powersupply|temperaturecritical", re.I), "device_fault"),
    (re.compile(r"device/trigger|digitalinput|relay", re.I), "contact_change"),
    (re.compile(
        r"^(device|monitoring|media|recordingconfig|configuration|ptzcontroller|userlogin|storage|network|system)/",
        re.I,
    ), "unknown"),
)
_UNITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(is)?(people|person|human|pedestrian)|humanshape|peopledetect", re.I), "pedestrian"),
    (re.compile(r"bicycle|cyclist|bike", re.I), "cyclist"),
    (re.compile(r"vehicle|^(is)?(car|truck|bus)$", re.I), "vehicle"),
    (re.compile(r"pet|animal|dogcat", re.I), "animal"),
    (re.compile(r"package|parcel", re.I), "parcel"),
    (re.compile(r"objectsinside|isinside|fielddetector|occupancy", re.I), "presence"),
    (re.compile(r"linecross|^crossed$|linedetector|crossline|counter", re.I), "crossing"),
    (re.compile(r"motion|^vmd\d*$", re.I), "movement"),
)


def main_item(notification: Notification) -> str | None:
    """Name of the data item that says what is true or false; ``None`` when the topic alone says it."""
    data = notification["data"].items()
    return next((name for name, value in data if isinstance(truth(value), bool) and name != "ObjectId"), None)


def told(notification: Notification) -> str:
    """Topic and names of all items as one text, for the patterns above."""
    items = [name for part in ("source", "key", "data") for name in notification[part] if name != "Rule"]
    return f"{plain_topic(notification['topic'])} {' '.join(items)} {classes_in(notification)}"


def forbidden_to_events(notification: Notification) -> str | None:
    """Why a notification may not become a row of the open tables; ``None`` when it may."""
    text = told(notification)
    if BIOMETRIC.search(text):
        return "a notification about a face, a plate or another mark of a person"
    if BEHAVIOUR.search(text):
        return "a notification about somebody's behaviour, which cameras may not analyse (CNIL, 5 December 2024)"
    if SOUND.search(text):
        return "a sound detection, which is off unless a dated decision lets `sound_events` take it in"
    if EIGHT.search(text):
        return "an alert of decree 2023-828, which only `onvif_video_alerts` may take in, under a dated authorisation"
    return None


def device_fact(notification: Notification) -> str | None:
    """Code of list ``detection`` of a fact about the device itself; ``None`` for everything that is only counted."""
    text = f"{plain_topic(notification['topic'])} {main_item(notification) or ''}"
    return next((code for pattern, code in _DEVICE if pattern.search(text)), None)


def counted_unit(notification: Notification) -> str:
    """Code of list ``counted_unit``: from the data item when it says what it is, else from the topic."""
    item = main_item(notification)
    if item is not None and not is_generic(item):
        return next((code for pattern, code in _UNITS if pattern.search(item)), "unknown")
    classes = {code for name in classes_in(notification).split() for pattern, code in _UNITS if pattern.search(name)}
    if len(classes) == 1:
        return classes.pop()
    segments = plain_topic(notification["topic"]).split("/")
    return next((code for name in reversed(segments) for pattern, code in _UNITS if pattern.search(name)), "unknown")


def is_generic(item: str) -> bool:
    """Whether the name of an item says nothing of what was seen (``State``)."""
    return item.lower() in _GENERIC
