"""The traps of sound sensors: names with commas, and words that were said."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.sound_events import DETECTIONS, VOCABULARY, vocabulary
from schemas.codes import load_codes


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings, under the decision its fixture invents."""
    return recorded("sound_events")


def told(**fields: object) -> bytes:
    """One message."""
    return json.dumps({"sensor_id": "m", "detected_at": "2026-09-01T10:00:00Z", "confidence": 0.5, **fields}).encode()


def test_the_vocabulary_is_whole() -> None:
    with VOCABULARY.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["index"]) for row in rows] == list(range(527))
    assert len({row["mid"] for row in rows}) == 527
    assert vocabulary()["/m/032s66"] == vocabulary()["427"] == vocabulary()["gunshot, gunfire"] == "Gunshot, gunfire"


def test_every_mapped_sound_exists() -> None:
    names = [name for every in DETECTIONS.values() for name in every]
    assert [name for name in names if vocabulary().get(name.lower()) != name] == []
    assert DETECTIONS.keys() <= set(load_codes("detection").values)


@pytest.mark.parametrize(("fields", "code"), [
    ({"mid": "/m/032s66"}, "gunshot"), ({"label": "gunshot, GUNFIRE"}, "gunshot"), ({"index": 427}, "gunshot"),
    ({"label": "Cap gun"}, "unknown"), ({"label": "Firecracker"}, "firework"), ({"label": "Shatter"}, "glass_break"),
    ({"label": "gunshot"}, "unknown"), ({"mid": "/m/nothing"}, "unknown"), ({}, "unknown"),
])  # fmt: skip
def test_a_class_is_named_by_mid_name_or_number(source: Any, fields: dict[str, object], code: str) -> None:
    ((_, row),) = source.read(told(**fields)).accepted
    assert row["detection_code"] == code


def test_a_sound_is_never_told_as_a_fact() -> None:
    for code in DETECTIONS:
        assert load_codes("detection").label(code, "en").startswith("Sound alert")
        assert load_codes("detection").label(code, "fr").startswith("Alerte sonore")


@pytest.mark.parametrize("fields", [
    {"label": "Speech"}, {"mid": "/m/05zppz"}, {"label": "Conversation"}, {"index": 0},
    {"label": "Dog", "Audio": "UklG"},
    {"label": "Dog", "transcript": "secret words"}, {"predictions": [{"label": "Speech", "confidence": 0.9}]},
])  # fmt: skip
def test_nothing_that_was_said_is_kept(source: Any, fields: dict[str, object]) -> None:
    (outcome,) = source.outcomes(told(**fields))
    assert [violation.rule for violation in outcome.violations] == ["forbidden"]
    assert outcome.message.value == b'{"withheld": true}'
    assert b"secret" not in b"".join(value for _, value in outcome.message.headers)
    assert source.connector.reread(outcome.message.value.decode()).violations


def test_the_surest_of_several_classes_counts(source: Any) -> None:
    predictions = [{"label": "Siren", "confidence": 0.2}, {"label": "Glass", "confidence": 0.7}, {"label": "Dog"}, 3]
    ((_, row),) = source.read(told(predictions=predictions)).accepted
    assert (row["detection_code"], row["confidence_ratio"]) == ("glass_break", 0.7)


@pytest.mark.parametrize("fields", [
    {"label": "Glass", "meta": {"audio": "aGVscA=="}}, {"label": "Glass", "audio_base64": "aGVscA=="},
    {"label": "Glass", "clip_url": "http://x/aGVscA==.wav"}, {"label": "Glass", "note": "aGVscA=="},
    {"predictions": [{"label": "Glass", "confidence": 0.9, "note": "aGVscA=="}]},
])  # fmt: skip
def test_no_field_that_is_not_mapped_is_kept(source: Any, fields: dict[str, object]) -> None:
    """Nor the end of a message that broke off."""
    content = told(**fields)
    for outcome in (*source.outcomes(content), *source.outcomes(content.rstrip(b'"]}\r\n'))):
        assert b"aGVscA" not in outcome.message.value + repr(outcome.message.headers).encode()


def test_a_less_sure_label_of_speech_is_cut_off(source: Any) -> None:
    content = told(predictions=[{"label": "Speech", "confidence": 0.4}, {"label": "Glass", "confidence": 0.9}])
    (outcome,) = source.outcomes(content)
    assert outcome.is_accepted
    assert b"Speech" not in outcome.message.value


@pytest.mark.parametrize("label", ["Gunshot_gunfire", "gunshot gunfire", " GUNSHOT, GUNFIRE "])
def test_names_of_data_sets_are_names_of_the_vocabulary(source: Any, label: str) -> None:
    ((_, row),) = source.read(told(label=label)).accepted
    assert (row["detection_code"], row["source_label"]) == ("gunshot", "Gunshot, gunfire")
