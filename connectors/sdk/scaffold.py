"""Starts a new connector, lists and checks them; what its author is spared lies in ``connectors.sdk.authoring``."""

from __future__ import annotations

import importlib
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from connectors.sdk import registry
from connectors.sdk.authoring.draft import DEFAULTS, module_text, source_text
from connectors.sdk.authoring.peek import FORMATS, Peek, peek
from connectors.sdk.authoring.progress import next_step
from connectors.sdk.conformance import FIXTURES, Report, fixtures_of, load_subject
from connectors.sdk.conformance import check as check_subject
from connectors.sdk.connector import FileConnector, PollingConnector, SourceConnector, SubscribingConnector
from connectors.sdk.envelope import prefix_of, topic_of
from connectors.sdk.errors import BadSetting, FixtureMissing
from connectors.sdk.samples import licence_of, sample_rows
from schemas.city import load_city
from schemas.contract import load as load_contract
from schemas.contract import names as contract_names
from schemas.label import Label

ROOT = Path(__file__).parents[2]
KINDS = {"file": FileConnector, "polling": PollingConnector, "subscribing": SubscribingConnector}
DEFAULT_CONTRACT = "silver.incident_report"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


@dataclass(frozen=True)
class ConnectorFacts:
    """One line of the list of connectors; ``rows`` are those of its recorded samples, ``licence`` is theirs."""

    name: str
    family: str
    kind: str
    transport: str
    label: Label
    contracts: tuple[str, ...]
    topic: str
    publisher: str
    licence: str
    rows: int
    dialects: tuple[str, ...]


def list_connectors() -> tuple[ConnectorFacts, ...]:
    """What is known of every connector, by name."""
    return tuple(_facts(name, connector) for name, connector in registry.connectors().items())


def new_connector(
    name: str,
    kind: str = "file",
    root: Path = ROOT,
    *,
    form: str = "",
    contract: str = DEFAULT_CONTRACT,
    city_id: str = "",
    file: Path | None = None,
) -> tuple[Path, ...]:
    """Write ``connectors/<name>.py``, its fixture folder and the file that names it in a city, ready to be filled in.

    Args:
        name: ``<standard or publisher>_<what>``; module, fixture folder and topic take it.
        kind: ``file``, ``polling`` or ``subscribing``.
        root: root of the repository.
        form: wire format, one of ``FORMATS``; that of ``file`` without it, else CSV for files and JSON for others.
        contract: the table whose columns ``to_row`` lists.
        city_id: the city that names the source; none without it.
        file: one payload of the source, whose columns are written into the draft.

    Returns:
        The files and folders made.

    Raises:
        BadSetting: name, kind, format or contract cannot be, or the connector exists.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadSetting(
            f"{name!r} cannot name a connector; expected <standard or publisher>_<what> in a-z, 0-9 and _, "
            "such as open311_requests"
        )
    if kind not in KINDS:
        raise BadSetting(f"{kind!r} is no kind of connector; expected one of {', '.join(KINDS)}")
    module = root / "connectors" / f"{name}.py"
    if module.exists():
        raise BadSetting(f"{module} exists already; change it, or choose another name")
    text = module_text(name, kind, _found(form, kind, file), load_contract(_fillable(contract)))
    source = root / "cities" / city_id / "sources" / f"{name}.yaml" if city_id else None
    named = source_text(name, kind, load_city(city_id)) if city_id else ""
    folder = root / "tests" / "fixtures" / "connectors" / name
    (folder / "refused").mkdir(parents=True, exist_ok=True)
    module.write_text(text, "utf-8")
    if source and not source.exists():
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(named, "utf-8")
        load_city.cache_clear()
    registry.names.cache_clear()
    importlib.invalidate_caches()
    return (module, folder, source) if source else (module, folder)


def check(name: str, fixtures: Path = FIXTURES) -> tuple[Report, ...]:
    """Apply the conformance suite to one connector, once per recorded dialect.

    Raises:
        UnknownConnector: no such connector.
        FixtureMissing: nothing recorded yet; the message says the next step.
    """
    try:
        return tuple(check_subject(load_subject(one, fixtures), one) for one in fixtures_of(name, fixtures))
    except FixtureMissing as missing:
        step = next_step(name, fixtures)
        raise FixtureMissing(
            f"{name} has nothing to be checked on yet. Next: {step}" if step else str(missing)
        ) from missing


def _found(form: str, kind: str, file: Path | None) -> Peek:
    if form and form not in FORMATS:
        raise BadSetting(f"no draft is made for the format {form!r}; expected one of {', '.join(FORMATS)}")
    if file is not None:
        return peek(file, form)
    chosen = form or ("csv" if kind == "file" else "json")
    return DEFAULTS.get(chosen, Peek(chosen))


def _fillable(contract: str) -> str:
    fillable = [name for name in contract_names() if load_contract(name).source_columns and name[:7] != "bronze."]
    if contract not in fillable:
        raise BadSetting(f"{contract!r} is no table that connectors fill; expected one of {', '.join(fillable)}")
    return contract


def _facts(name: str, connector: type[SourceConnector]) -> ConnectorFacts:
    kind = next((kind for kind, base in KINDS.items() if issubclass(connector, base)), "other")
    credit = connector.attribution
    contracts = registry.contracts_of(connector)
    return ConnectorFacts(
        name=name,
        family=connector.family,
        kind=kind,
        transport=connector.transport,
        label=connector.label,
        contracts=contracts,
        topic=topic_of(name, prefix_of(contracts)),
        publisher=credit.publisher,
        licence=licence_of(name),
        rows=sample_rows(name),
        dialects=tuple(one.partition("+")[2] for one in fixtures_of(name)[1:]),
    )
