"""The doctor names each fault with its remedy."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vigie.conftest import Vigie
from vigie.doctor import Check, State, examine
from vigie.local.ports import free_ports
from vigie.settings import Settings


def found(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in examine(settings)}


def test_machine_that_runs_the_tests_is_well(tmp_path: Path) -> None:
    failed = [check for check in found(Settings(home=tmp_path)).values() if check.state is State.FAILED]
    assert failed == []


def test_parts_of_the_settings_that_do_not_answer_are_named_with_their_setting(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = Settings(
        home=tmp_path, kafka_bootstrap=f"127.0.0.1:{port}", superset_url=f"http://127.0.0.1:{port}", city="atlantis"
    )
    checks = found(settings)
    assert {name for name, check in checks.items() if check.state is State.FAILED} == {"broker", "Superset", "city"}
    assert "kafka_bootstrap" in checks["broker"].fix
    assert "superset_url" in checks["Superset"].fix
    assert "san_francisco" in checks["city"].fix


def test_command_prints_every_check_for_a_program_and_fails_when_one_does(vigie: Vigie) -> None:
    (port,) = free_ports(1)
    done = vigie("doctor", "--json", VIGIE_KAFKA_BOOTSTRAP=f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert "checks failed: broker" in done.stderr
    assert {each["name"]: each["state"] for each in json.loads(done.stdout)}["broker"] == "failed"
