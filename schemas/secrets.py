"""Keeps secrets out of city profiles: a profile names a secret, the machine that runs it holds it.

    password: ${VIGIE_SECRET_BROKER}        a variable of the environment
    password: file:/run/secrets/broker      a file

A value under a key that is called like a secret and is no such reference is refused, and so is a password in an
address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

REFERENCE = re.compile(r"\$\{(VIGIE_(?:SECRET|SOURCE)_[A-Z0-9_]+)\}")
_SECRET_REFERENCE = re.compile(r"\$\{VIGIE_SECRET_[A-Z0-9_]+\}")
FILE_PREFIX = "file:/"
_WORDS = {"password", "passwd", "pwd", "passphrase", "secret", "token", "credential", "credentials", "apikey",
          "authorization"}
_KEYS = {"key", "api_key", "access_key", "secret_key", "private_key", "subscription_key", "x_api_key", "appid"}
_USER_INFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]*@", re.IGNORECASE)
_FREE_PARAMETERS = {"key"}
"""Called like a secret, but also like the key of an ordinary query: hidden when shown, not refused."""


class PlainSecret(NamedTuple):
    """A secret written out: the keys that lead to it, and what to do. The value itself is never shown."""

    keys: tuple[str, ...]
    problem: str


def is_secret_name(name: str) -> bool:
    """Whether a setting, header or parameter of this name holds a secret."""
    plain = name.strip().lower().replace("-", "_")
    return plain in _KEYS or plain in _WORDS or plain.rpartition("_")[2] in _WORDS


def is_reference(value: str) -> bool:
    """Whether the text names a secret instead of holding it."""
    return _SECRET_REFERENCE.search(value) is not None or value.startswith(FILE_PREFIX)


def plain_secrets(settings: Mapping[str, object], keys: tuple[str, ...] = ()) -> Iterator[PlainSecret]:
    """Every secret that these settings, nested ones included, hold in plain text."""
    for name, value in settings.items():
        yield from _judged((*keys, str(name)), value)


def _judged(keys: tuple[str, ...], value: object) -> Iterator[PlainSecret]:
    if isinstance(value, Mapping):
        yield from plain_secrets(value, keys)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _judged(keys, item)
    elif is_secret_name(keys[-1]) or "secret_parameters" in keys[:-1]:
        if value not in (None, "") and not (isinstance(value, str) and is_reference(value)):
            yield PlainSecret(keys, "found a secret written out; put it into a variable or a file and name that here: "
                              f"`{keys[-1]}: ${{VIGIE_SECRET_{_word(keys[-1])}}}` or `{keys[-1]}: "
                              "file:/run/secrets/…`; then renew it, as it has been readable")
    elif isinstance(value, str) and _USER_INFO.match(value):
        yield PlainSecret(keys, "found a user or password in an address; take it out and give it as settings: "
                          "`user: …` and `password: ${VIGIE_SECRET_…}`")
    elif isinstance(value, str) and (parameter := _secret_parameter(value)):
        yield PlainSecret(keys, f"found the secret parameter `{parameter}` in an address; take it out and write "
                          f"`secret_parameters: {{{parameter}: ${{VIGIE_SECRET_{_word(parameter)}}}}}`")


def _secret_parameter(value: str) -> str | None:
    if "://" not in value:
        return None
    try:
        parameters = parse_qsl(urlsplit(value).query)
    except ValueError:
        return None
    return next((name for name, text in parameters
                 if is_secret_name(name) and name.lower() not in _FREE_PARAMETERS and not is_reference(text)), None)


def _word(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
