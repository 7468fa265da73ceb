"""Make, record, check, run and replay connectors."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.options import CityOption, JsonOption

if TYPE_CHECKING:
    from connectors.sdk.accounting import RunReport
    from connectors.sdk.scaffold import ConnectorFacts

app = typer.Typer()

NameArgument = Annotated[str, typer.Argument(help="A module of `connectors/`.", metavar="CONNECTOR")]
_FILE_COUNTS = ("file", "elements", "read", "accepted", "rejected", "duplicates")
_COUNTS = ("source", "contract", "read", "accepted", "rejected", "seconds")


@app.callback()
def _group() -> None:
    """Make, record, check, run and replay connectors."""


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List every connector: family, transport, what it emits, the licence, and the rows of its recorded samples.

    Example:

        vigie connectors list --json
    """
    from connectors.sdk.scaffold import list_connectors
    from vigie import screen

    facts = list_connectors()
    if as_json:
        screen.print_json([_described(one) for one in facts])
        return
    columns = ("connector", "family", "transport", "contracts", "rows", "dialects", "licence", "libellé", "label")
    rows = [
        (c.name, c.family, c.transport, ", ".join(c.contracts), c.rows, ", ".join(c.dialects), c.licence, *_labels(c))
        for c in facts
    ]
    screen.print_table(columns, rows)


def _labels(facts: ConnectorFacts) -> tuple[str, str]:
    return facts.label.fr, facts.label.en


def _described(facts: ConnectorFacts) -> dict[str, object]:
    told = dataclasses.asdict(facts)
    return {**told, "label": {"fr": facts.label.fr, "en": facts.label.en}}


PayloadOption = Annotated[Path | None, typer.Option("--payload", metavar="FILE", help="A file of the source at hand.")]


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="`<standard or publisher>_<what>`.", metavar="NAME")],
    kind: Annotated[str, typer.Option("--kind", help="`file`, `polling` or `subscribing`.")] = "file",
    payload: PayloadOption = None,
    form: Annotated[
        str, typer.Option("--format", help="`csv`, `xlsx`, `json`, `jsonl`, `geojson` or `xml`; the file's by default.")
    ] = "",
    contract: Annotated[
        str, typer.Option("--contract", metavar="TABLE", help="The table it fills; see `vigie contracts list`.")
    ] = "silver.incident_report",
    city: CityOption = None,
) -> None:
    """Draft a new connector: its module, its fixture folder, and the file that names the source in a city.

    With `--payload` the draft holds the file's format and columns; it always lists the contract's columns and meanings.

    Examples:

        vigie connectors new acme_noise_complaints --payload export.csv --city marseille

        vigie connectors new open311_requests --kind polling --contract silver.incident_report
    """
    from connectors.sdk.authoring.progress import next_step
    from connectors.sdk.scaffold import new_connector
    from vigie import settings

    city_id = settings.load(city).city
    for path in new_connector(name, kind, form=form, contract=contract, city_id=city_id, file=payload):
        print(path)
    print(f"Next: {next_step(name)}")


@app.command()
def record(
    name: NameArgument,
    payload: PayloadOption = None,
    keep: Annotated[
        str, typer.Option("--keep", metavar="EXPRESSION", help="Of a file that is cut, keep the parts that hold this.")
    ] = "",
    city: CityOption = None,
) -> None:
    """Keep one payload, asked of the source or taken from a file, with the rows it gives, as the connector's fixture.

    More than 100 kB are cut: one part of every shape (fields empty, numbers, texts), those with `--keep`, or the first.

    Examples:

        vigie connectors record open311_requests --city san_francisco

        vigie connectors record insee_filosofi_iris --payload iris_2018.xlsx --keep '"COM":"132' --city marseille
    """
    from connectors.sdk.authoring.fixture import record as keep_one
    from connectors.sdk.authoring.progress import next_step
    from vigie import settings
    from vigie.errors import WrongUse

    if payload is not None and not payload.is_file():
        raise WrongUse(f"there is no file {payload}; give the path of one payload of the source")
    kept = keep_one(name, city_id=settings.load(city).city, file=payload, keep=keep)
    parts = f"{kept.parts} of {kept.of_parts} parts, " if kept.of_parts else ""
    print(f"{kept.folder}: {parts}{kept.accepted} rows accepted, {kept.refused} refused")
    for message in kept.violations:
        print(f"  refused: {message}")
    if kept.samples:
        print(f"  samples written: {', '.join(kept.samples)}")
    reading = f"read accepted.jsonl through against the source's documentation, then `vigie connectors check {name}`"
    print(f"Next: {next_step(name) or reading}")


@app.command()
def refuse(
    name: NameArgument,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Name of the sample, such as `no_date`.")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=VALUE", help="Write this; nothing behind = for no value."),
    ] = None,
    renames: Annotated[list[str] | None, typer.Option("--rename", metavar="OLD=NEW", help="Rename a column.")] = None,
    payload: PayloadOption = None,
    why: Annotated[str, typer.Option("--why", help="One sentence: how the source goes wrong.")] = "",
) -> None:
    """Spoil the recorded payload in one way and keep it, with what is refused in it, under `refused/`.

    Two parts are kept, the first one spoilt. Run again over an old sample to take over what is refused now.

    Examples:

        vigie connectors refuse insee_filosofi_iris no_code --set IRIS= --why "a block without its code"

        vigie connectors refuse insee_filosofi_iris renamed --rename COM=COMMUNE

        vigie connectors refuse open311_requests half --payload half.json
    """
    from connectors.sdk.authoring.refused import refuse as keep_one
    from vigie.errors import WrongUse

    if not (changes or renames or payload):
        raise WrongUse("say how the payload is spoilt: --set COLUMN=VALUE, --rename OLD=NEW, or --payload FILE")
    written = keep_one(name, case, changes=_pairs(changes), renames=_pairs(renames), file=payload, why=why)
    print(written.with_suffix(".yaml").read_text("utf-8"), end="")
    print(written)


def _pairs(given: list[str] | None) -> dict[str, str]:
    from vigie.errors import WrongUse

    wrong = [one for one in given or () if "=" not in one]
    if wrong:
        raise WrongUse(f"{wrong[0]!r} has no =; write COLUMN=VALUE, or COLUMN= for no value")
    return {name: value for name, _, value in (one.partition("=") for one in given or ())}


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(metavar="[CONNECTOR]", help="All unless one is named.")] = None,
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --payload.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every connector; the same as naming none.")] = False,
    payload: Annotated[
        list[Path] | None, typer.Option("--payload", help="A file to run through the connector; may be repeated.")
    ] = None,
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply the conformance suite, or see what a connector makes of a file, without a broker.

    With `--payload` the file goes through the pure part: how many rows it gives, accepted, rejected, told twice, the
    first rows, and every violation with rule, column and value. Rejected rows are an answer, not a failure.

    Examples:

        vigie connectors check datasf_police_incidents

        vigie connectors check --all --json

        vigie connectors check open311_requests --payload answer.json older.xml --json
    """
    from vigie.errors import WrongUse

    if (more and not payload) or (payload and not name) or (all_ and (name or payload)):
        raise WrongUse("give a connector with --payload and its files, or a connector alone, or --all")
    if payload and name:
        _check_payloads(name, (*payload, *(more or ())), city, as_json)
    else:
        _check_fixtures(name, as_json)


def _check_fixtures(name: str | None, as_json: bool) -> None:
    from connectors.sdk import registry
    from connectors.sdk.scaffold import check as apply
    from vigie import screen
    from vigie.errors import VigieError

    reports = [report for each in ([name] if name else registry.names()) for report in apply(each)]
    if as_json:
        screen.print_json([{**dataclasses.asdict(report), "is_passed": report.is_passed} for report in reports])
    else:
        for report in reports:
            print(report)
        if name:
            print(f"Next: {_next(name, all(report.is_passed for report in reports))}")
    broken = [report.connector for report in reports if not report.is_passed]
    if broken:
        raise VigieError(f"{len(broken)} of {len(reports)} recorded payloads do not conform: {', '.join(broken)}")


def _next(name: str, is_passed: bool) -> str:
    from connectors.sdk.authoring.progress import next_step

    step = next_step(name)
    if step or not is_passed:
        return step or "correct the first finding, and check again"
    return "`vigie docs build` writes its page of the catalogue; `git add` module, source, fixture and page"


def _check_payloads(name: str, paths: tuple[Path, ...], city: str | None, as_json: bool) -> None:
    from connectors.sdk.authoring.progress import next_step
    from connectors.sdk.samples import PayloadReport, connector_for, judge_files
    from vigie import screen
    from vigie.errors import WrongUse

    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise WrongUse(f"there is no file {', '.join(missing)}; give paths of files to --payload")
    reports = list(judge_files(connector_for(name, city), paths))
    total = PayloadReport(name)
    for report in reports:
        total.add(report)
    if as_json:
        files = [{column: getattr(report, column) for column in _FILE_COUNTS} for report in reports]
        told = dataclasses.asdict(total)
        screen.print_json({"connector": told.pop("file"), **told, "files": files})
        return
    screen.print_table(_FILE_COUNTS, [[getattr(report, column) for column in _FILE_COUNTS] for report in reports])
    for row in total.rows:
        screen.print_table(("column", row["contract"]), [(column, str(value)) for column, value in row["row"].items()])
    if total.violations:
        columns = ("file", "element", "contract", "rule", "column", "value", "message")
        screen.print_table(columns, [[violation[column] for column in columns] for violation in total.violations])
    step = next_step(name)
    if step:
        print(f"Next: {step}")


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help="Connectors of the city.", metavar="CONNECTOR...")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every source of the city.")] = False,
    live: Annotated[
        bool | None, typer.Option("--live/--recorded", help="Read the sources, or play recordings; see `sources`.")
    ] = None,
    city: CityOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read sources once and publish what is new to the broker; a second run finds nothing new.

    A source that pushes is read until nothing more waits for its setting `idle_seconds`.

    Examples:

        vigie connectors run --all

        vigie connectors run datasf_police_incidents --city san_francisco

        vigie connectors run meteofrance_synop --city marseille --live
    """
    from vigie import screen, settings, sources
    from vigie.errors import WrongUse
    from vigie.local.broker_of_city import broker_for
    from vigie.local.waiting import terminable

    if bool(names) == all_:
        raise WrongUse("name connectors or give --all, one of the two; `vigie connectors list` names them")
    loaded = settings.load(city)
    is_live = loaded.sources == "live" if live is None else live
    sources.allowed(loaded.city, names or (), is_live=is_live)
    out = screen.console()
    reports: list[RunReport] = []
    try:
        with terminable(), broker_for(loaded, loaded.city) as bootstrap, out.status("reading") as status:
            reports.extend(
                sources.run(
                    loaded,
                    loaded.city,
                    bootstrap,
                    names or (),
                    is_live=is_live,
                    progress=lambda name, rows: status.update(f"{name}: {rows} rows"),
                )
            )
    finally:  # what was read is told even when one of several sources could not be
        if reports or not names:
            _print_reports(reports, as_json)


@app.command()
def listen(
    names: Annotated[list[str] | None, typer.Argument(help="Connectors of the city.", metavar="CONNECTOR...")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every source of the city.")] = False,
    city: CityOption = None,
) -> None:
    """Read living sources without end and publish what comes, until Ctrl-C; a restart goes on where it stopped.

    Sources that push are listened to, others are asked again and again. `vigie stream` takes the records in.

    Examples:

        vigie connectors listen --all --city marseille
    """
    from vigie import screen, settings, sources
    from vigie.errors import WrongUse
    from vigie.local.broker_of_city import broker_for
    from vigie.local.waiting import stopped_by_signals, terminable

    if bool(names) == all_:
        raise WrongUse("name connectors or give --all, one of the two; `vigie connectors list` names them")
    loaded = settings.load(city)
    sources.allowed(loaded.city, names or (), is_live=True)
    out = screen.console()
    stop = threading.Event()
    with terminable(), broker_for(loaded, loaded.city) as bootstrap, stopped_by_signals(stop):
        out.print(f"{loaded.city}: listening, publishing to {bootstrap}. Ctrl-C stops.", soft_wrap=True)
        say = partial(out.print, soft_wrap=True, markup=False)
        sources.follow(loaded, loaded.city, bootstrap, names or (), stop, say)


@app.command()
def replay(name: NameArgument, city: CityOption = None, as_json: JsonOption = False) -> None:
    """Make the rows of a source again from the originals that bronze keeps, after its mapping was corrected.

    Rows that come out as before count as duplicates; `vigie run ingest` and `vigie run silver` take in the others.

    Example:

        vigie connectors replay datasf_fire_calls --city san_francisco
    """
    from vigie import settings, sources
    from vigie.local.broker_of_city import broker_for
    from vigie.local.waiting import terminable

    loaded = settings.load(city)
    with terminable(), broker_for(loaded, loaded.city) as bootstrap:
        report = sources.replay(loaded, loaded.city, bootstrap, name)
    _print_reports([report], as_json)


def _print_reports(reports: Iterable[RunReport], as_json: bool) -> None:
    from vigie import screen

    reports = tuple(reports)
    for report in reports:
        for note in report.notes:
            print(f"{report.source_id}: {note}", file=sys.stderr)
    rows = [
        [report.source_id, contract, counts.read, counts.accepted, counts.rejected, round(report.seconds, 1)]
        for report in reports
        for contract, counts in report.counts.items()
    ]
    if as_json:
        screen.print_json([dict(zip(_COUNTS, row, strict=True)) for row in rows])
    else:
        screen.print_table(_COUNTS, rows)
