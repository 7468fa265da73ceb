"""The command line teaches, fails in one line, and starts fast."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.main import get_command

from tests.vigie.conftest import Vigie
from vigie.cli import build
from vigie.settings import ROOT

HEAVY = ("pyspark", "pandas", "duckdb", "kafka", "pydantic", "schemas", "jobs", "connectors.sdk", "httpx", "numpy")


def commands() -> Iterator[tuple[str, str]]:
    """Every command of the command line with its help."""
    for name, command in sorted(get_command(build()).commands.items()):  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            for part, inner in sorted(command.commands.items()):
                yield f"{name} {part}", inner.help or ""
        else:
            yield name, command.help or ""


COMMANDS = dict(commands())


def test_every_command_has_a_heading_and_every_heading_is_a_command() -> None:
    page = (ROOT / "docs" / "operator" / "commands.md").read_text()
    assert sorted(re.findall(r"^## vigie (.+)$", page, re.MULTILINE)) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"connectors list", "contracts list"}))
def test_help_of_every_command_with_arguments_shows_an_example(name: str) -> None:
    assert re.search(rf"Examples?:.*(vigie {name}|make {name})", COMMANDS[name], re.DOTALL)


def test_help_of_the_whole_names_every_command(vigie: Vigie) -> None:
    done = vigie("--help")
    assert done.returncode == 0
    assert [name for name in {name.split()[0] for name in COMMANDS} if name not in done.stdout] == []


def test_command_can_be_run_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vigie.cli", "query", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "silver.incident_report" in done.stdout


def test_help_loads_no_part_of_the_platform() -> None:
    script = f"import sys, vigie.cli; vigie.cli.build(); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [("quer",), ("query",), ("query", "--nope", "select 1"), ("run",)])
def test_wrong_command_line_ends_with_the_usage_code(vigie: Vigie, arguments: tuple[str, ...]) -> None:
    done = vigie(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "golden"), 2, "no layer or table golden; layers: ingest, silver, gate, gold"),
        (("run", "silver", "--from", "2020-01-01"), 2, "--from and --to cut a gold table"),
        (("run", "gold.zone_indicator_day", "--from", "2020-02-01", "--to", "2020-01-01"), 2, "exchange them"),
        (("query", "select 1"), 5, "no table in"),
        (("demo", "--city", "atlantis"), 5, "no city atlantis; there are: "),
        (("connectors", "run", "--all", "--city", "atlantis"), 5, "atlantis"),
        (("connectors", "run"), 2, "name connectors or give --all"),
        (("connectors", "check", "datasf_polise_incidents"), 5, "datasf_police_incidents"),
        (("connectors", "new", "acme_things", "--payload", "nothing.csv"), 5, "there is no file nothing.csv"),
        (("connectors", "new", "acme_things", "--contract", "gold.source_health"), 5, "silver.incident_report"),
        (("connectors", "record", "datasf_police_incidents", "--payload", "nothing.csv"), 2, "no file nothing.csv"),
        (("connectors", "refuse", "datasf_police_incidents", "no_key"), 2, "--set COLUMN=VALUE"),
        (("connectors", "refuse", "datasf_police_incidents", "no_key", "--set", "pdid"), 2, "write COLUMN=VALUE"),
        (("contracts", "show", "silver.nothing"), 5, "silver.incident_report"),
        (("dashboards", "push"), 5, "set superset_url"),
    ],
)
def test_error_is_one_line_that_says_what_to_do(
    vigie: Vigie, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = vigie(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert done.stderr.startswith("vigie: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_debug_adds_the_traceback(vigie: Vigie) -> None:
    assert "Traceback" in vigie("--debug", "query", "select 1").stderr


def test_broker_of_the_settings_that_does_not_answer_is_worth_another_try(vigie: Vigie) -> None:
    done = vigie("connectors", "run", "--all", VIGIE_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert done.returncode == 4
    assert "127.0.0.1:1" in done.stderr


def test_a_contract_is_shown_with_the_meaning_and_the_codes_of_its_columns(vigie: Vigie) -> None:
    shown = json.loads(vigie("contracts", "show", "silver.official_statistic", "--json").stdout)
    columns = {one["column"]: one for one in shown["columns"]}
    assert columns["aggregation_code"]["codes"] == "detail, part, subtotal, total, separate"
    assert columns["territory_code"]["meaning"].startswith("Code of the territory")
    assert all(one["meaning"] for one in columns.values())


def test_a_check_ends_with_the_next_step(vigie: Vigie) -> None:
    done = vigie("connectors", "check", "insee_filosofi_iris")
    assert done.returncode == 0
    assert "rules hold on" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Next: `vigie docs build`")


def test_contracts_are_listed_for_a_program(vigie: Vigie) -> None:
    listed = json.loads(vigie("contracts", "list", "--json").stdout)
    assert "silver.incident_report" in {each["table"] for each in listed}
    assert all(each["libellé"] and each["label"] for each in listed)
