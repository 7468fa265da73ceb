"""Texts shown to readers, always in French and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.shape import Key, Record, Text

LANGUAGES = ("fr", "en")

LABEL_SHAPE = Record({
    "fr": Key(Text(), "the French text"),
    "en": Key(Text(), "the English text"),
})


@dataclass(frozen=True)
class Label:
    """One public text in both languages."""

    fr: str
    en: str

    @classmethod
    def of(cls, value: Mapping[str, str]) -> Label:
        """Build from a mapping already judged by `LABEL_SHAPE`."""
        return cls(fr=value["fr"].strip(), en=value["en"].strip())

    def in_language(self, language: str) -> str:
        """Give the text in `fr` or `en`; any other language gets English."""
        return self.fr if language == "fr" else self.en
