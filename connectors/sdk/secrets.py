"""Brings secrets in at run time, from the environment or a file, and keeps them from being shown.

A profile names a secret (``${VIGIE_SECRET_BROKER}``, ``file:/run/secrets/broker``); what it stands for is looked up
when a connection is opened and is never kept in the settings.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from connectors.sdk.errors import BadSetting
from schemas.city import SourceSettings
from schemas.secrets import FILE_PREFIX, REFERENCE, is_reference, plain_secrets

_MAX_SECRET_BYTES = 64 * 1024


class Secret:
    """A text that shows itself only when asked to with ``reveal``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the call that sends it and nothing else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def judge(source: SourceSettings) -> None:
    """Refuse settings that hold a secret in plain text.

    Raises:
        BadSetting: with the file, the key and the remedy, without the secret.
    """
    for keys, problem in plain_secrets(source.settings):
        raise BadSetting(f"{source.path}: settings.{'.'.join(keys)}: {problem}")


def secret(source: SourceSettings, name: str) -> Secret | None:
    """The secret that the setting names; ``None`` when there is no such setting.

    Raises:
        BadSetting: the setting is no reference, or what it names is not there.
    """
    value = source.settings.get(name)
    if value is None:
        return None
    where = f"{source.path}: settings.{name}"
    if not isinstance(value, str) or not is_reference(value):
        raise BadSetting(
            f"{where} holds a secret in plain text; write ${{VIGIE_SECRET_…}} or file:/run/secrets/… in its place"
        )
    return Secret(resolved(value, where))


def secrets(source: SourceSettings, name: str) -> Mapping[str, str]:
    """The mapping under a setting (``headers``, ``secret_parameters``), its references replaced."""
    value = source.settings.get(name, {})
    if not isinstance(value, Mapping):
        raise BadSetting(f"{source.path}: settings.{name} is {type(value).__name__}; expected `name: value` lines")
    return {str(key): resolved(str(text), f"{source.path}: settings.{name}.{key}") for key, text in value.items()}


def text(source: SourceSettings, name: str, default: str = "") -> str:
    """A setting that is no secret; ``${VIGIE_SOURCE_…}`` in it is replaced from the environment.

    Raises:
        BadSetting: it is no text, or names a secret: it may be shown and stored.
    """
    value = source.settings.get(name, default)
    where = f"{source.path}: settings.{name}"
    if not isinstance(value, str):
        raise BadSetting(f"{where} is {type(value).__name__}; expected text")
    if "${VIGIE_SECRET_" in value:
        raise BadSetting(
            f"{where} names a secret, but it is shown and stored with every record; use ${{VIGIE_SOURCE_…}} for a part "
            "that differs from machine to machine, and `user`, `password`, `headers` or `secret_parameters` for secrets"
        )
    return _replaced(value, where)


def resolved(value: str, where: str) -> str:
    """The text with every reference replaced by what it stands for.

    Raises:
        BadSetting: a variable is not set, or a file cannot be read; the message names it and the setting.
    """
    return _file(value, where) if value.startswith(FILE_PREFIX) else _replaced(value, where)


def _replaced(value: str, where: str) -> str:
    found = REFERENCE.findall(value)
    missing = next((name for name in found if not os.environ.get(name)), None)
    if missing:
        raise BadSetting(f"{where} names the variable {missing}, which is not set; set it where this program runs")
    return REFERENCE.sub(lambda match: os.environ[match[1]], value)


def _file(value: str, where: str) -> str:
    path = Path(value.removeprefix("file:"))
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_SECRET_BYTES + 1)
        found = content.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"{where} names the file {path}, which cannot be read ({type(error).__name__}); "
            "expected a UTF-8 text file that this program may read"
        ) from None
    if not found or len(content) > _MAX_SECRET_BYTES:
        raise BadSetting(f"{where} names the file {path}, which holds no secret of 1 to {_MAX_SECRET_BYTES} bytes")
    return found
