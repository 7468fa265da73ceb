"""Writes the samples under ``refused/``: payloads spoilt on purpose, and what is refused in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from connectors.sdk.authoring.parts import parts_of
from connectors.sdk.conformance import FIXTURES, load_subject
from connectors.sdk.element import Payload
from connectors.sdk.errors import BadSetting
from connectors.sdk.judge import outcomes

_CASE = re.compile(r"[a-z][a-z0-9_]*")
_WEB_PAGE = b"<!DOCTYPE html>\n<html><head><title>Service unavailable</title></head><body>503</body></html>\n"


def refuse(
    name: str,
    case: str,
    *,
    changes: Mapping[str, str] | None = None,
    renames: Mapping[str, str] | None = None,
    file: Path | None = None,
    why: str = "",
    fixtures: Path = FIXTURES,
) -> Path:
    """Write ``refused/<case>``: the first two recorded parts, spoilt, or a file; beside it what is refused and why.

    Args:
        name: the connector, with a recorded payload.
        case: name of the sample.
        changes: column, or ``outer.inner``, to the value written into the first part; nothing for no value.
        renames: column to another title.
        file: a payload to take as it is instead.
        why: one sentence; the case's name unless given.
        fixtures: folder of all fixtures.

    Raises:
        BadSetting: the case cannot be named so, or nothing in it is refused.
    """
    if not _CASE.fullmatch(case):
        raise BadSetting(f"{case!r} cannot name a sample; expected words of a-z and 0-9 joined by _, such as no_date")
    subject = load_subject(name, fixtures)
    content = file.read_bytes() if file else None
    if content is None:
        parts = parts_of(subject.connector.format, subject.payload.content)
        readable = [index for index, value in enumerate(parts.values) if value is not None] if parts else []
        if parts is None or not readable:
            raise BadSetting(
                f"payloads of {name} cannot be spoilt by column; spoil a copy by hand and give --payload FILE"
            )
        content = parts.spoilt(readable[:2], changes or {}, renames or {})
    return _refused(name, case, why or case.replace("_", " "), content, fixtures)


def _refused(name: str, case: str, why: str, content: bytes, fixtures: Path) -> Path:
    subject = load_subject(name, fixtures)
    recorded = subject.payload
    payload = Payload(content, recorded.url, recorded.collected_at, recorded.content_type)
    made = list(outcomes(subject.connector, payload))
    violations = [
        {"index": outcome.element.index, "contract": outcome.contract, "rule": one.rule, "column": one.column}
        for outcome in made
        for one in outcome.violations
    ]
    if not violations:
        raise BadSetting(
            f"nothing in {case} is refused: all {len(made)} rows of it are accepted; spoil a column that the contract "
            "requires or bounds (`vigie contracts show`), or that the format's `columns` names"
        )
    folder = fixtures / name / "refused"
    suffix = next(path.suffix for path in sorted((fixtures / name).glob("payload.*")) if path.suffix != ".yaml")
    accepted = sum(outcome.is_accepted for outcome in made)
    lines = [f"why: {json.dumps(why, ensure_ascii=False)}", f"accepted: {accepted}", "violations:"]
    lines += [
        f"  - {{index: {one['index']}, contract: {one['contract']}, rule: {one['rule']}, "
        f"column: {json.dumps(one['column'], ensure_ascii=False)}}}"
        for one in violations
    ]
    (folder / f"{case}{suffix}").write_bytes(content)
    (folder / f"{case}.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / f"{case}{suffix}"


def damaged(name: str, fixtures: Path) -> tuple[str, ...]:
    """Write samples of what befalls any download, as far as this connector refuses it; their names."""
    subject = load_subject(name, fixtures)
    content = subject.payload.content
    parts = parts_of(subject.connector.format, content)
    whole = parts.cut(range(min(2, len(parts.values)))) if parts else content
    written = []
    for case, why, damaged in (
        ("truncated", "a download that broke off", whole[: max(1, len(whole) * 4 // 5)]),
        ("web_page", "an error page under the name of the file", _WEB_PAGE),
    ):
        try:
            written.append(_refused(name, case, why, damaged, fixtures).name)
        except BadSetting:  # this source cannot tell the damage; its author knows better samples
            continue
    return tuple(written)
