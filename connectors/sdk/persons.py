"""Sources that carry persons: what may pass the edge is named, everything else stays in memory and goes nowhere.

A connector that declares ``keep`` names the paths that may leave a payload, each with a keeper that says in which form:

    keep = {"PV1.2.1": code("[A-Z]"), "PV1.44.1": instant(hl7_time), "PV1.19.1": pseudonym}

The platform then reduces every element to these paths before anything else sees it, so that row, original, dead letter,
header, spool and log can only hold what is named. A value without the form its keeper asks for becomes ``withheld``: a
name typed into a code field does not pass. What cannot be read at all is told by length and keyed digest only.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.sdk.element import Decoded, Payload, canonical
from connectors.sdk.errors import BadSetting
from connectors.sdk.formats.json import JsonLinesFormat
from schemas.check import Violation

WITHHELD = "withheld"
KEY_VARIABLE = "VIGIE_PSEUDONYM_KEY"
KEY_FILE = "pseudonym.key"
_MIN_KEY = 16
_HEX_DIGITS = 24


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed digests: equal texts get equal ones, and without the key none can be computed to compare with."""

    key: bytes

    def of(self, content: str | bytes) -> str:
        """24 hex digits (96 bits) of the HMAC-SHA-256 of the content."""
        written = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        return hmac.digest(self.key, written, "sha256").hex()[:_HEX_DIGITS]


@dataclass(frozen=True)
class Guard:
    """What keepers work with: the installation's pseudonyms, the source's time zone and its settings."""

    pseudonyms: Pseudonyms
    zone: tzinfo
    settings: Mapping[str, object] = field(default_factory=dict)


Keeper = Callable[[str, Guard], str | None]
Keep = Mapping[str, Keeper]
"""Dotted path inside an element -> how its text is kept; lists on the way are walked through."""
Instant = tuple[datetime, str]
"""A moment with its zone, and its precision: ``day``, ``hour`` or ``minute``."""


def code(pattern: str) -> Keeper:
    """Keep a text that matches the pattern as a whole; write it as narrow as the code list allows."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def kept(text: str, guard: Guard) -> str | None:
        return text if matches(text) else WITHHELD

    return kept


def pseudonym(text: str, guard: Guard) -> str | None:
    """Keep the keyed digest of an identifier: enough to find its row again, useless to find its person."""
    return guard.pseudonyms.of(text)


def instant(read: Callable[[str, tzinfo], Instant | None]) -> Keeper:
    """Keep a moment in UTC, rounded down to the quarter hour; ``read`` knows how the source writes it.

    A day stays a day (``2024-03-01``) and an hour an hour (``2024-03-01T10Z``): ``told`` gives the precision back.
    """

    def kept(text: str, guard: Guard) -> str | None:
        found = read(text, guard.zone)
        if found is None:
            return WITHHELD
        moment, precision = found
        if precision == "day":
            return moment.date().isoformat()
        try:
            moment = rounded(moment.astimezone(UTC))
        except (OverflowError, ValueError):
            return WITHHELD
        return moment.strftime("%Y-%m-%dT%HZ") if precision == "hour" else moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return kept


def told(kept: str | None, zone: tzinfo) -> tuple[str | None, str | None]:
    """UTC text and precision code of what ``instant`` kept; a day is told as its local midnight."""
    if kept is None or kept == WITHHELD:
        return kept, None
    if len(kept) == len("2024-03-01"):
        midnight = datetime.fromisoformat(kept).replace(tzinfo=zone)
        return midnight.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "day"
    return (f"{kept[:-1]}:00:00Z", "hour") if len(kept) == len("2024-03-01T10Z") else (kept, "quarter_hour")


def rounded(moment: datetime) -> datetime:
    """The beginning of the quarter hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def reduced(found: Iterator[Decoded], keep: Keep, guard: Guard) -> Iterator[Decoded]:
    """The elements with nothing left in them that ``keep`` does not name."""
    tree = _tree(keep)
    for value, raw, violations in found:
        if violations:
            yield withheld(raw, violations[0].rule, guard.pseudonyms)
        elif isinstance(value, Mapping):
            kept = _reduced(value, tree, guard) or {}
            yield Decoded(kept, canonical(kept))
        else:
            yield withheld(raw, "shape", guard.pseudonyms)


def withheld(raw: bytes, rule: str, pseudonyms: Pseudonyms) -> Decoded:
    """A part that could not be reduced: its length and keyed digest, and never its bytes."""
    return _withheld({"bytes": len(raw), "digest": pseudonyms.of(raw), "rule": rule})


def reread(text: str, pseudonyms: Pseudonyms) -> Decoded:
    """The element of a kept original, which is reduced already."""
    found = JsonLinesFormat().reread(text)
    if found.violations or not isinstance(found.value, dict):
        return withheld(text.encode("utf-8", "surrogatepass"), "unreadable", pseudonyms)
    about = found.value.get(WITHHELD)
    return _withheld(about) if isinstance(about, dict) else found


def sealed(payload: Payload, pseudonyms: Pseudonyms) -> Payload:
    """What messages may know of a payload: no content, scheme and host of its address, its quarter hour.

    The identifier is a keyed digest too: a payload can be short enough to be guessed (one cut-off line), and its plain
    digest would confirm the guess.
    """
    note = withheld(payload.content, payload.refusal.rule if payload.refusal else "unreadable", pseudonyms)
    address = urlsplit(payload.url)
    shown = f"{address.scheme}://{address.hostname}" if address.hostname else f"{address.scheme}:"
    seal = replace(
        payload,
        content=note.raw,
        url=shown,
        collected_at=rounded(payload.collected_at),
        metadata={},
        refusal=note.violations[0] if payload.refusal else None,
    )
    seal.__dict__["payload_id"] = pseudonyms.of(payload.content)[:16]
    return seal


def installation_key(home: Path) -> bytes:
    """The secret of this installation: the variable ``VIGIE_PSEUDONYM_KEY``, else a file of ``home``, made once.

    Raises:
        BadSetting: the key is too short to protect anything, or its file cannot be read or made.
    """
    told_key = os.environ.get(KEY_VARIABLE)
    if told_key is not None:
        return _long_enough(told_key.encode(), KEY_VARIABLE)
    path = home / KEY_FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        return _long_enough(_made_once(path), str(path))
    except OSError as error:
        raise BadSetting(
            f"the key of pseudonyms cannot be kept in {path} ({error.strerror}); make the folder writable for this "
            f"user, or set {KEY_VARIABLE} to at least {_MIN_KEY} random characters"
        ) from None


def _made_once(path: Path) -> bytes:
    """The key of the file; linked into place whole, so that two processes starting at once agree on one."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < _MIN_KEY:
        raise BadSetting(
            f"the key of pseudonyms in {where} has {len(key)} characters; expected at least {_MIN_KEY} random ones: "
            "a short key can be guessed, and with it every identifier"
        )
    return key


def _withheld(about: Mapping[str, Any]) -> Decoded:
    rule = str(about.get("rule"))
    message = (
        f"{about.get('bytes')} bytes (keyed digest {about.get('digest')}) could not be used: rule {rule}. They may "
        "name persons and are kept nowhere; look at them at their source and have them sent again."
    )
    return Decoded(None, canonical({WITHHELD: about}), (Violation(rule, "", "", message),))


def _tree(keep: Keep) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, keeper in keep.items():
        *above, last = path.split(".")
        node = tree
        for name in above:
            node = node.setdefault(name, {})
        node[last] = keeper
    return tree


def _reduced(value: Any, tree: Any, guard: Guard) -> Any:
    if isinstance(value, list):
        return [one for one in (_reduced(item, tree, guard) for item in value) if one not in (None, {}, [])] or None
    if isinstance(tree, dict):
        if not isinstance(value, Mapping):
            return None
        pairs = ((name, _reduced(value[name], below, guard)) for name, below in tree.items() if name in value)
        return {name: one for name, one in pairs if one is not None} or None
    if isinstance(value, Mapping):
        return WITHHELD
    text = "" if value is None else str(value).strip()
    return tree(text, guard) if text else None
