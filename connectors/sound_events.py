"""Sounds that a sensor classified by itself, in the vocabulary of AudioSet; never a sound, never a word that was said.

Off unless the city's file of this source holds a dated decision and ``settings.enabled: true``: no French text allows
sound sensors in general. JSON messages over MQTT or HTTP: one object, a list, or lines. No open sample of a real sensor
exists; the form read here is written down in ``docs/engineer/sensor-messages.md``:

* ``sensor_id``, ``detected_at`` (with offset), and ``label`` (display name), ``mid`` (``/m/032s66``) or ``index``
  (0 to 526), with ``confidence`` (0 to 1); or ``predictions``, a list of such labels of which the surest is kept;
  ``longitude``, ``latitude``, ``precision_m`` and ``event_id`` if the sensor has them.
* A display name holds commas (``Gunshot, gunfire``) and is compared whole, whatever its capital letters.
* A label outside the vocabulary, or one that is no detection of the common list, is ``unknown`` and keeps its name.
* A message that carries sound, a transcript or a label of speech is refused and nothing of it is kept; of others
  nothing but the fields above is, and of several labels none of speech.

A detection is "like a shot", never a shot: one study found evidence for 9.1 % of such alerts.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Decoded, Element, Payload, Row, canonical, refused
from connectors.sdk.element import number as numbered
from connectors.sdk.formats import JsonMessagesFormat
from connectors.sdk.formats.kept_fields import reduced, withheld
from schemas.contract import Label

VOCABULARY = Path(__file__).parent / "sdk" / "vocabularies" / "audioset_class_labels.csv"
DETECTIONS = {
    "gunshot": ("Gunshot, gunfire", "Machine gun", "Fusillade", "Artillery fire"),
    "explosion": ("Explosion", "Boom"),
    "firework": ("Fireworks", "Firecracker"),
    "glass_break": ("Glass", "Shatter"),
    "scream": ("Screaming",),
    "siren": ("Siren", "Civil defense siren", "Police car (siren)", "Ambulance (siren)", "Emergency vehicle",
              "Fire engine, fire truck (siren)"),
    "alarm": ("Alarm", "Car alarm", "Fire alarm", "Smoke detector, smoke alarm"),
    "vehicle_horn": ("Vehicle horn, car horn, honking", "Air horn, truck horn"),
    "crash": ("Smash, crash",),
}  # fmt: skip
_CODES = {name.lower(): code for code, names in DETECTIONS.items() for name in names}
_SPEECH = ("speech", "conversation", "narration", "whispering", "chatter", "babbling")
_SOUND = ("audio", "waveform", "samples", "recording", "transcript", "transcription", "speech", "text", "embedding")
_SOUND_WORD = re.compile(r"audio|transcri|waveform|speech|utterance|keyword|\bwav|clip|pcm|spectrogram", re.I)
_LABELS = ("label", "mid", "index", "confidence")
_FIELDS = (
    *("sensor_id", "detected_at", *_LABELS, "predictions"),
    *("event_id", "longitude", "latitude", "precision_m"),
)
_WITHHELD = "withheld"


class SoundMessages(JsonMessagesFormat):
    """Messages of which nothing is kept when they cannot be told apart: sound could be among them."""

    def original(self, content: bytes) -> bytes:
        """Nothing."""
        return b"withheld\n"


class SoundEvents(SubscribingConnector):
    """One sound of one sensor; key ``sound:<sensor>-<event or content>``."""

    contract = "silver.sensor_detection"
    family = "sensors"
    label = Label(fr="Alertes sonores (classes AudioSet)", en="Sound alerts (AudioSet classes)")
    attribution = Attribution(
        publisher="The operator of the sensors, named by the city profile",
        licence="Internal",
        url="https://research.google.com/audioset/",
        note="Vocabulary: AudioSet class labels, Google Inc., CC BY 4.0.",
    )
    format = SoundMessages()
    transport = "mqtt"
    off_by_default = (
        "no French text allows sound sensors in general: they need a dated decision with its impact assessment"
    )

    def split(self, payload: Payload) -> Iterator[Element]:
        """Messages; one that carries sound or speech is refused and not kept."""
        return numbered(map(_without_speech, self.format.decode(payload.content)))

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept message."""
        return _without_speech(self.format.reread(text, context))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """The surest class, as the sensor told it."""
        told = element.value if isinstance(element.value, Mapping) else {}
        surest = _surest(told)
        label, sensor = label_of(surest), told.get("sensor_id")
        located = told.get("longitude") is not None
        return {
            "detection_id": identifier("sound", sensor, text(told.get("event_id")) or element.content_id),
            "sensor_id": identifier("sound", sensor),
            "sensor_kind_code": "sound",
            "detection_code": _CODES.get((label or "").lower(), "unknown"),
            "source_label": label,
            "observed_at": zoned_instant(told.get("detected_at")),
            "is_state": False,
            "confidence_ratio": number(surest.get("confidence")),
            "longitude": number(told.get("longitude")),
            "latitude": number(told.get("latitude")),
            "location_precision_m": number(told.get("precision_m", 50)) if located else None,
        }


def label_of(prediction: Mapping[str, Any]) -> str | None:
    """Display name of a class told by name, mid or index; what the vocabulary lacks keeps its own name."""
    told = next(filter(None, (text(prediction.get(name)) for name in ("mid", "label", "index"))), None)
    return None if told is None else vocabulary().get(_plain(told), told)


@cache
def vocabulary() -> Mapping[str, str]:
    """Display name by mid, by index and by the name itself in small letters, with its signs and without."""
    with VOCABULARY.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    keys = [(key, row["display_name"]) for row in rows for key in (row["index"], row["mid"], row["display_name"])]
    return {_plain(key): name for key, name in keys} | {key.lower(): name for key, name in keys}


def _plain(name: str) -> str:
    """A name in small letters; ``Gunshot_gunfire``, as data sets write it, without its signs."""
    return name.lower() if name.startswith("/") else re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()


def _surest(told: Mapping[str, Any]) -> Mapping[str, Any]:
    predictions = told.get("predictions")
    found = [one for one in predictions if isinstance(one, Mapping)] if isinstance(predictions, list) else []

    def confidence(prediction: Mapping[str, Any]) -> float:
        value = number(prediction.get("confidence"))
        return value if isinstance(value, int | float) else -1.0

    return max(found, key=confidence) if found else told


def _without_speech(found: Decoded) -> Decoded:
    """The message with nothing but its fields; one that carries sound or speech, or cannot be read, leaves nothing."""
    if found.violations:
        return withheld(found, _FIELDS)
    told = found.value if isinstance(found.value, Mapping) else {}
    if _WITHHELD in told or _carries_sound(told) or _is_speech(_surest(told)):
        message = "A message that carries sound, words or a label of speech; nothing of it is kept. Switch it off."
        return refused("forbidden", b'{"withheld": true}', message, column="label")
    kept = reduced(told, _FIELDS)
    if isinstance(kept.get("predictions"), list):
        labels = [one for one in kept["predictions"] if isinstance(one, Mapping) and not _is_speech(one)]
        kept["predictions"] = [reduced(one, _LABELS) for one in labels]
    return Decoded(kept, canonical(kept))


def _carries_sound(value: Any) -> bool:
    """Whether a field of sound or words stands anywhere in the message."""
    if isinstance(value, Mapping):
        return any(name.lower() in _SOUND or _SOUND_WORD.search(name) for name in value) or any(
            map(_carries_sound, value.values())
        )
    return isinstance(value, list) and any(map(_carries_sound, value))


def _is_speech(prediction: Mapping[str, Any]) -> bool:
    return any(word in (label_of(prediction) or "").lower() for word in _SPEECH)
