"""`vigie incident`: what is shown, what is written, and that the pipeline's connector reads it as it was meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk.offsets import OffsetStore
from connectors.sdk.runner import run_once
from tests.connectors.sdk.conftest import MemorySink
from tests.dashboards.small_lake import write_table
from tests.vigie.conftest import Vigie
from vigie import decisions, sources
from vigie.settings import Settings

CITY = "san_francisco"
BASE = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
GROUPS = {"police:1": ("police:1", "fire:2", "citizen:3"), "fire:8": ("fire:8", "police:9"), "camera:5": ("camera:5",)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Three incidents of three, two and one report, in the home that `vigie` is run in."""
    made = Settings(home=tmp_path / "home")
    fuse(made, GROUPS)
    return made


def fuse(settings: Settings, groups: dict[str, tuple[str, ...]]) -> None:
    """Write gold as the fusion job would: incidents, their reports, a link from each founder."""
    root = Path(settings.lake(CITY))
    write_table(root, "gold.incident", [
        {"incident_id": f"incident:{founder}", "city_id": CITY, "occurred_at": BASE, "report_count": len(members)}
        for founder, members in groups.items()
    ])  # fmt: skip
    write_table(root, "gold.incident_report", [
        {"incident_id": f"incident:{founder}", "report_id": one, "is_founder": one == founder, "occurred_at": BASE}
        for founder, members in groups.items() for one in members
    ])  # fmt: skip
    write_table(root, "gold.incident_link", [
        {
            "incident_id": f"incident:{founder}", "first_report_id": min(founder, one), "link_ratio": 0.97,
            "second_report_id": max(founder, one), "reason_fr": f"120 m de {one}", "reason_en": f"120 m from {one}",
        }
        for founder, members in groups.items() for one in members[1:]
    ])  # fmt: skip


def written(done: Any) -> dict[tuple[str, str], str]:
    """The decisions a command says it wrote."""
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["decisions"]
    return {(one["first_report_id"], one["second_report_id"]): one["decision_code"] for one in told}


def take_in(settings: Settings) -> dict[tuple[str, str], str]:
    """Silver as the pipeline would have it: what the connector reads of the drop folder, the last of each pair."""
    sink = MemorySink()
    run_once(decisions.source(settings, CITY), sink, OffsetStore(settings.home / "read"))
    assert not [message.topic for message in sink.acknowledged if message.topic != "urban.incident_decisions"]
    rows = [json.loads(message.value)["row"] for message in sink.acknowledged]
    last = {(row["first_report_id"], row["second_report_id"]): row for row in sorted(rows, key=_instant)}
    write_table(
        Path(settings.lake(CITY)), decisions.TABLE, [row | {"decided_at": _instant(row)} for row in last.values()]
    )
    return {pair: row["decision_code"] for pair, row in last.items()}


def _instant(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["decided_at"])


def test_an_incident_is_shown_with_its_reports_and_reasons(vigie: Vigie, settings: Settings) -> None:
    done = vigie("incident", "show", "incident:police:1", "--city", CITY)
    assert done.returncode == 0, done.stderr
    assert "is now" not in done.stdout
    assert done.stdout.index("\npolice:1\t") < done.stdout.index("\ncitizen:3\t") < done.stdout.index("\nfire:2\t")
    assert "120 m from fire:2" in done.stdout
    assert "fire:8" not in done.stdout
    told = json.loads(vigie("incident", "show", "police:9", "--city", CITY, "--json").stdout)
    assert told["incident_id"] == told["incident"]["incident_id"] == "incident:fire:8"
    assert [row["report_id"] for row in told["reports"]] == ["fire:8", "police:9"]
    assert [row["reason_fr"] for row in told["links"]] == ["120 m de police:9"]
    assert (told["is_moved"], told["decisions"]) == (False, [])


def test_an_incident_whose_founder_moved_is_found_where_it_is_now(vigie: Vigie, settings: Settings) -> None:
    done = vigie("incident", "show", "incident:police:9", "--city", CITY)
    assert done.stdout.startswith("incident:police:9 is now incident:fire:8: its report police:9 is in that incident.")
    told = json.loads(vigie("incident", "show", "incident:police:9", "--city", CITY, "--json").stdout)
    assert (told["is_moved"], told["incident_id"]) == (True, "incident:fire:8")


def test_the_language_of_the_reasons_is_the_citys(vigie: Vigie, settings: Settings) -> None:
    Path(settings.lake(CITY)).rename(settings.lake("marseille"))
    assert "120 m de fire:2" in vigie("incident", "show", "police:1", "--city", "marseille").stdout


def test_reports_that_are_split_off_leave_together(vigie: Vigie, settings: Settings) -> None:
    decided = written(vigie("incident", "split", "fire:2", "citizen:3", "--city", CITY, "--json"))
    assert decided == {
        ("citizen:3", "fire:2"): "same",
        ("citizen:3", "police:1"): "different",
        ("fire:2", "police:1"): "different",
    }
    assert take_in(settings) == decided


def test_a_founder_can_be_split_off_like_any_other(vigie: Vigie, settings: Settings) -> None:
    assert written(vigie("incident", "split", "police:1", "--city", CITY, "--json")) == {
        ("citizen:3", "police:1"): "different",
        ("fire:2", "police:1"): "different",
    }


def test_reports_of_two_incidents_each_leave_their_own(vigie: Vigie, settings: Settings) -> None:
    assert written(vigie("incident", "split", "police:9", "citizen:3", "--city", CITY, "--json")) == {
        ("fire:8", "police:9"): "different",
        ("citizen:3", "fire:2"): "different",
        ("citizen:3", "police:1"): "different",
    }


def test_incidents_are_merged_by_their_founders(vigie: Vigie, settings: Settings) -> None:
    decided = written(vigie("incident", "merge", "police:9", "incident:police:1", "camera:5", "--city", CITY, "--json"))
    assert decided == {("camera:5", "fire:8"): "same", ("camera:5", "police:1"): "same"}
    assert take_in(settings) == decided


def test_what_was_decided_last_holds_in_lake_and_folder(vigie: Vigie, settings: Settings) -> None:
    """Split, taken in and fused; merged again; the merge undone before it was taken in."""
    pair = ("fire:8", "police:9")
    assert written(vigie("incident", "split", "police:9", "--city", CITY, "--json")) == {pair: "different"}
    assert take_in(settings) == {pair: "different"}
    fuse(settings, {"fire:8": ("fire:8", "camera:5"), "police:9": ("police:9",)})
    shown = json.loads(vigie("incident", "show", "police:9", "--city", CITY, "--json").stdout)
    assert [(one["decision_code"], one["is_taken_in"]) for one in shown["decisions"]] == [("different", True)]

    merged = written(vigie("incident", "merge", "camera:5", "police:9", "--city", CITY, "--json"))
    assert merged == {pair: "same"}
    shown = json.loads(vigie("incident", "show", "police:9", "--city", CITY, "--json").stdout)
    assert [(one["decision_code"], one["is_taken_in"]) for one in shown["decisions"]] == [("same", False)]
    assert take_in(settings) == merged

    assert written(vigie("incident", "undo", "incident:police:9", "incident:fire:8", "--city", CITY, "--json")) == {
        pair: "withdrawn"
    }
    again = vigie("incident", "undo", "fire:8", "police:9", "--city", CITY)
    assert again.returncode == 2
    assert "no decision is in force between fire:8 and police:9; looked in silver.incident_decision" in again.stderr
    assert take_in(settings) == {pair: "withdrawn"}


def test_a_merge_withdraws_what_kept_other_reports_apart(vigie: Vigie, settings: Settings) -> None:
    written(vigie("incident", "split", "citizen:3", "--city", CITY, "--json"))
    take_in(settings)
    fuse(settings, {"police:1": ("police:1", "fire:2"), "citizen:3": ("citizen:3", "camera:5")})
    assert written(vigie("incident", "merge", "camera:5", "fire:2", "--city", CITY, "--json")) == {
        ("citizen:3", "fire:2"): "withdrawn",
        ("citizen:3", "police:1"): "same",
    }


def test_a_clock_that_runs_behind_still_decides_last(settings: Settings) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    said = decisions.Decision("fire:8", "police:9", "same", ahead)
    _, (undone,) = decisions.write(settings, CITY, {said.pair: "withdrawn"}, {said.pair: said})
    assert undone.decided_at == ahead + timedelta(microseconds=1)
    assert take_in(settings) == {said.pair: "withdrawn"}


def test_the_file_appears_whole_under_a_name_of_its_own(vigie: Vigie, settings: Settings) -> None:
    paths = set()
    for _ in range(2):
        done = vigie("incident", "merge", "police:1", "camera:5", "--city", CITY, "--json")
        paths.add(json.loads(done.stdout)["file"])
    folder = settings.home / "drop" / CITY / "decisions"
    assert {str(path) for path in folder.iterdir()} == paths
    for path in paths:
        (line,) = Path(path).read_text().splitlines()
        assert set(json.loads(line)) == {"first_report_id", "second_report_id", "decision", "decided_at"}


def test_it_is_said_what_to_run_and_what_will_change(vigie: Vigie, settings: Settings) -> None:
    done = vigie("incident", "split", "police:9", "--city", CITY)
    assert f"vigie connectors run incident_decisions --city {CITY} && vigie run all --city {CITY}" in done.stdout
    assert "No figure has changed yet" in done.stdout
    changed = decisions.changed_tables()
    assert changed[0] == "silver.incident_decision"
    assert {"gold.incident", "gold.incident_link", "gold.incident_report"} <= set(changed)
    assert "silver.incident_report" not in changed
    assert all(name in done.stdout for name in changed)


@pytest.mark.parametrize("is_live", [False, True])
def test_decisions_are_read_whether_the_sources_are_recorded_or_live(is_live: bool) -> None:
    assert decisions.CONNECTOR in [one.name for one in sources.playable(CITY, is_live=is_live)]
    others = [one.name for one in sources.playable("marseille", is_live=False) if not one.source.recordings]
    assert others == [decisions.CONNECTOR]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "police:77"), "report police:77 is in no incident; looked for it in gold.incident_report of"),
        (("show", "incident:police:77"), "incident:police:77 names report police:77, which is in no incident"),
        (("merge", "police:1", "police:77"), "vigie run gold"),
        (("merge", "police:1", "fire:2"), "all in incident:police:1 already"),
        (("split", "incident:police:1"), "is an incident; expected the reports that leave it"),
        (("split", "camera:5"), "incident:camera:5 holds this report alone: nothing would stay"),
        (("split", "fire:8", "police:9"), "incident:fire:8 holds these 2 reports alone"),
        (("undo", "police:1", "fire:2"), "no decision is in force between police:1 and fire:2"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    vigie: Vigie, settings: Settings, arguments: Iterable[str], words: str
) -> None:
    done = vigie("incident", *arguments, "--city", CITY)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert not list((settings.home / "drop").rglob("*.jsonl"))


def test_a_lake_without_incidents_and_a_city_without_the_source_say_what_to_do(vigie: Vigie, tmp_path: Path) -> None:
    made = Settings(home=tmp_path / "home")
    for city in (CITY, "berlin"):
        write_table(Path(made.lake(city)), "gold.source_health", [{"source_id": "a"}])
    done = vigie("incident", "show", "police:1", "--city", CITY)
    assert done.returncode == 5
    assert "no gold.incident_report in" in done.stderr
    assert "vigie run gold" in done.stderr
    done = vigie("incident", "undo", "police:1", "police:2", "--city", "berlin")
    assert done.returncode == 5
    assert "city berlin has no source incident_decisions" in done.stderr
