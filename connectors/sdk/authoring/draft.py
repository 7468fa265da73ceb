"""Drafts the module and the source file of a new connector from its format, its contract and a file at hand."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

from connectors.sdk.authoring.peek import XML_ELEMENTS, Peek
from schemas.city import CityProfile
from schemas.codes import load_codes
from schemas.contract import Column, ColumnType, TableContract

WIDTH = 120
_TEMPLATES = Path(__file__).parents[1] / "templates"
_BASES = {"file": "FileConnector", "polling": "PollingConnector", "subscribing": "SubscribingConnector"}
_FORMATS = {
    "csv": "CsvFormat",
    "xlsx": "WorkbookFormat",
    "json": "JsonFormat",
    "jsonl": "JsonLinesFormat",
    "geojson": "GeoJsonFormat",
    "xml": "XmlFormat",
}
_EXTRA = {"file": "", "polling": "    every = timedelta(minutes=5)\n", "subscribing": '    transport = "mqtt"\n'}
_TABLES = ("csv", "xlsx")
COLUMNS = "A file that lacks one of `columns` is refused whole: leave those that `to_row` reads."
_SAFE = "item = element.value if isinstance(element.value, dict) else {}"
_OPENINGS = {
    "csv": "line = element.value",
    "xlsx": "line = element.value",
    "geojson": 'found = element.value.get("properties")\nitem = found if isinstance(found, dict) else {}',
}
_PLACED = {"longitude": "place.longitude", "latitude": "place.latitude", "geometry_geojson": "place.geojson"}
_ALIASES = {"longitude": ("lon", "lng", "long", "x_wgs84"), "latitude": ("lat", "y_wgs84")}
_ISSUED = "^(?:[a-z0-9_]+:"
DEFAULTS = {
    "csv": Peek("csv", ('delimiter=","', 'encoding="utf-8-sig"'), ("TODO",)),
    "xlsx": Peek("xlsx", ('sheet="TODO"', "header_row=1"), ("TODO",)),
    "xml": Peek("xml", (XML_ELEMENTS,)),
}


def module_text(name: str, kind: str, found: Peek, contract: TableContract) -> str:
    """A module whose ``to_row`` lists every column of the contract that a source may fill, with its meaning."""
    entries = [(column, _decoded(column, found)) for column in contract.source_columns]
    row = list(_row(entries))
    is_placed = any("place." in expression for _, expression in entries)
    opening = _OPENINGS.get(found.form, _SAFE) + ("\nplace = place_of(element.value)" if is_placed else "")
    fields = f"Fields of the file: {', '.join(found.columns)}." if found.columns else ""
    told = COLUMNS if found.form in _TABLES else fields
    notes = "".join(f"{line}\n" for line in _comment(told, 4))
    families = f"One of {', '.join(load_codes('family').values)}."
    return Template((_TEMPLATES / "module.py.txt").read_text("utf-8")).substitute(
        imports=_imports(kind, found, [expression for _, expression in entries], is_placed),
        class_name="".join(word.capitalize() for word in name.split("_")),
        base=_BASES[kind],
        contract=contract.name,
        family="\n".join([*_comment(families, 4), '    family = "TODO"']),
        extra=_EXTRA[kind] + notes,
        form=_declared(found),
        opening=textwrap.indent(opening, " " * 8),
        row="\n".join(row),
    )


def source_text(name: str, kind: str, city: CityProfile) -> str:
    """The file that names the source in a city."""
    address = {"file": "", "polling": "https://TODO", "subscribing": "mqtts://TODO"}[kind]
    return Template((_TEMPLATES / "source.yaml.txt").read_text("utf-8")).substitute(
        name=name, zone=city.time_zone, settings=f'settings: {{url: "{address}"}}\n' if address else ""
    )


def _imports(kind: str, found: Peek, expressions: Sequence[str], is_placed: bool) -> str:
    names = ["Attribution", "Element", "Label", "Payload", "Row", _BASES[kind], _FORMATS[found.form]]
    called = {expression.partition("(")[0] for expression in expressions if "(" in expression}
    decoders = sorted(name for name in called if name.isidentifier())
    lines = ["from datetime import timedelta", ""] if kind == "polling" else []
    lines.append(f"from connectors.sdk import {', '.join(sorted(names))}")
    lines += [f"from connectors.sdk.decode import {', '.join(decoders)}"] if decoders else []
    lines += ["from connectors.sdk.geometry import place_of"] if is_placed else []
    return "\n".join(lines)


def _declared(found: Peek) -> str:
    arguments = list(found.arguments)
    if found.form in _TABLES:
        quoted = [json.dumps(column, ensure_ascii=False) for column in found.columns]
        arguments.append(f"columns=({', '.join(quoted)}{',' if len(quoted) == 1 else ''})")
    whole = f"{_FORMATS[found.form]}({', '.join(arguments)})"
    if len(whole) <= WIDTH - 13:
        return whole
    inner = arguments[:-1]
    listed = textwrap.wrap(", ".join(quoted) + ",", WIDTH - 13, break_long_words=False, break_on_hyphens=False)
    lines = [f"        {argument}," for argument in inner]
    lines += ["        columns=(", *(f"            {line}" for line in listed), "        ),"]
    return "\n".join([f"{_FORMATS[found.form]}(", *lines, "    )"])


def _row(entries: Sequence[tuple[Column, str]]) -> Iterator[str]:
    for is_required in (True, False):
        chosen = [entry for entry in entries if entry[0].required is is_required]
        if chosen and not is_required:
            yield from _comment("Not required: fill what the source says, delete the rest.", 12)
        for column, expression in chosen:
            codes = f" One of {', '.join(load_codes(column.codes).values)}." if column.codes else ""
            unit = f"[{column.unit}] " if column.unit else ""
            yield from _comment(f"{unit}{column.description.en.strip()}{codes}", 12)
            yield f'            "{column.name}": {expression},'


def _comment(text: str, indent: int) -> list[str]:
    prefix = " " * indent + "# "
    return textwrap.wrap(text, WIDTH, initial_indent=prefix, subsequent_indent=prefix, break_long_words=False)


def _decoded(column: Column, found: Peek) -> str:
    """The decoder that fits the column, on the field of its own name where the file has one."""
    if found.form == "geojson" and column.name in _PLACED:
        return _PLACED[column.name]
    wanted = (column.name, *_ALIASES.get(column.name, ()))
    field = json.dumps(next((name for name in found.columns if name.casefold() in wanted), "TODO"), ensure_ascii=False)
    got = f"{'line' if found.form in _TABLES else 'item'}.get({field})"
    if column.codes:
        return '"TODO"'
    if any(str(rule.params.get("pattern", "")).startswith(_ISSUED) for rule in column.rules):
        return f'identifier("TODO", {got})'
    if column.type is ColumnType.TIMESTAMP:
        return f"local_instant({got}, self.zone)"
    if column.type in (ColumnType.INTEGER, ColumnType.DOUBLE):
        return f"number({got})"
    return f"text({got})" if column.type in (ColumnType.STRING, ColumnType.DATE) else got
