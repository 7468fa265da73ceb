from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards.check import FOLDER, check_folder, main

Edit = Callable[[str], str]

BAD_FILES: dict[str, tuple[str, Edit, str]] = {
    "a formula in a chart": (
        "charts/incidents.yaml",
        lambda text: text.replace("[incident_count]", '["SUM(incident_count) * 2"]'),
        "a chart holds no formula",
    ),
    "a metric of another table": (
        "charts/incidents.yaml",
        lambda text: text.replace("[incident_count]", "[median_seconds]"),
        "expected a metric of gold.zone_indicator_day",
    ),
    "a rate that is not grouped by zone": (
        "charts/zones.yaml",
        lambda text: text.replace("[zone_id, zone_name]", "[zone_name]").replace("hidden: [zone_id]\n", ""),
        "metric `rate_per_1000` means nothing without grouping by zone_id",
    ),
    "a percentile over all segments at once": (
        "charts/response_median.yaml",
        lambda text: text[: text.index("where:")],
        "means nothing without grouping by segment_code",
    ),
    "a word drawn as a number": (
        "charts/incidents.yaml",
        lambda text: text.replace("[incident_count]", "[trend]"),
        "gives a word and a big_number draws numbers",
    ),
    "an unknown column": (
        "charts/zones_trend.yaml",
        lambda text: text.replace("[zone_name]", "[zone_nane]"),
        "did you mean `zone_name`?",
    ),
    "an expression in place of a column": (
        "charts/themes_by_day.yaml",
        lambda text: text.replace("[theme_code]", '["upper(theme_code)"]'),
        "found column `upper(theme_code)` in `group_by`",
    ),
    "a value that is no code": (
        "charts/response_median.yaml",
        lambda text: text.replace("received_to_arrived", "received_to_arival"),
        "expected a code of the list segment",
    ),
    "a title without English": (
        "charts/incidents.yaml",
        lambda text: text.replace("title: {fr: Faits, en: Incidents}", "title: {fr: Faits}"),
        "no key `en`",
    ),
    "a description without French": (
        "charts/incidents.yaml",
        lambda text: text.replace("  fr: Nombre de signalements", "  # fr: Nombre de signalements"),
        "no key `fr`",
    ),
    "a colour of its own": (
        "charts/themes_by_day.yaml",
        lambda text: text + "colour: '#ff0000'\n",
        "an unknown key",
    ),
    "colours of a list without colours": (
        "dashboard.yaml",
        lambda text: text.replace("colours: [theme,", "colours: [segment, theme,"),
        "has no attribute `colour`",
    ),
    "colours of an unknown list": (
        "dashboard.yaml",
        lambda text: text.replace("colours: [theme,", "colours: [rainbow, theme,"),
        "found `rainbow`; expected a code list",
    ),
    "an unknown dataset": (
        "charts/incidents.yaml",
        lambda text: text.replace("dataset: zone_indicator_day", "dataset: zone_indicator_week"),
        "found dataset `zone_indicator_week`",
    ),
    "an unknown kind": (
        "charts/incidents.yaml",
        lambda text: text.replace("kind: big_number", "kind: pie"),
        "expected one of bar, big_number, line, map, points, table",
    ),
    "a map over a dataset without outlines": (
        "charts/zones_map.yaml",
        lambda text: text.replace("zone_indicator_day_map", "zone_indicator_day"),
        "a map needs the dataset ending in `_map`",
    ),
    "points of a table without places": (
        "charts/fused_map.yaml",
        lambda text: (
            text.replace("dataset: incident", "dataset: zone_indicator_day")
            .replace("[report_count]", "[incident_count]")
            .replace(" occurred_at,", "")
        ),
        "gold.zone_indicator_day has no longitude and latitude",
    ),
    "points coloured by what has no colour": (
        "charts/fused_map.yaml",
        lambda text: text.replace("[theme_code, category_code,", "[category_code, theme_code,"),
        "first a column whose code list has colours",
    ),
    "points with nothing to tell": (
        "charts/fused_map.yaml",
        lambda text: text[: text.index("group_by:")] + "group_by: [theme_code]\n",
        "then what a tooltip tells",
    ),
    "a tab without a name": (
        "dashboard.yaml",
        lambda text: text.replace("  - title: {fr: Signalements, en: Reports}\n    rows:", "  - rows:"),
        "no key `title`",
    ),
    "a limit beyond what Superset gives": (
        "charts/fused_links.yaml",
        lambda text: text.replace("limit: 500", "limit: 60000"),
        "60000",
    ),
    "colour classes out of order": (
        "charts/zones_map.yaml",
        lambda text: text.replace("[0, 10, 30,", "[0, 30, 10,"),
        "must rise from one to the next",
    ),
    "a line over a table without dates": (
        "charts/themes_by_day.yaml",
        lambda text: (
            text.replace("zone_indicator_day", "source_health")
            .replace("incident_count", "read_count")
            .replace("theme_code", "state_code")
        ),
        "has no date in its key",
    ),
    "a hidden column that is not grouped": (
        "charts/zones.yaml",
        lambda text: text.replace("hidden: [zone_id]", "hidden: [theme_code]"),
        "`theme_code` is hidden but not in `group_by`",
    ),
    "a chart without a place": (
        "dashboard.yaml",
        lambda text: text.replace("      - - {chart: sources, width: 12, height: 36}\n", ""),
        "chart `sources` is placed 0 times",
    ),
    "a place without a chart": (
        "dashboard.yaml",
        lambda text: text.replace("chart: sources,", "chart: sourcess,"),
        "charts/sourcess.yaml does not exist; did you mean `sources`?",
    ),
    "a row that is too wide": (
        "dashboard.yaml",
        lambda text: text.replace("{chart: zones, width: 5", "{chart: zones, width: 6"),
        "row 2 is 13 columns wide",
    ),
    "a filter on an unknown column": (
        "dashboard.yaml",
        lambda text: text.replace("column: theme_code", "column: theme"),
        "filter `theme`: found column `theme`",
    ),
    "a filter that depends on nothing known": (
        "dashboard.yaml",
        lambda text: text.replace("depends_on: [city]", "depends_on: [town]"),
        "depends on `town`, which is not a filter",
    ),
    "a required filter without a first value": (
        "dashboard.yaml",
        lambda text: text.replace("column: theme_code", "column: theme_code\n    required: true"),
        "only the city has a value at start",
    ),
    "one address for both languages": (
        "dashboard.yaml",
        lambda text: text.replace("en: observatory-en", "en: observatory"),
        "both languages have the same address",
    ),
    "a text that is not YAML": (
        "charts/incidents.yaml",
        lambda text: text + "metrics: [",
        "not readable as YAML",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "observatory"))


def test_the_observatory_has_no_fault() -> None:
    assert [str(fault) for fault in check_folder(FOLDER)] == []


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_with_file_and_line(folder: Path, case: str) -> None:
    name, edit, expected = BAD_FILES[case]
    path = folder / name
    before = path.read_text(encoding="utf-8")
    after = edit(before)
    assert after != before
    path.write_text(after, encoding="utf-8")

    messages = [str(fault) for fault in check_folder(folder)]

    assert any(expected in message for message in messages), messages
    assert all(message.startswith(str(folder)) for message in messages)
    assert all(fault.line > 0 for fault in check_folder(folder))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "dashboard.yaml").unlink()
    (fault,) = check_folder(folder)
    assert "dashboard.yaml" in str(fault)


def test_the_command_tells_every_fault_and_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("incidents", "themes_by_day"):
        path = folder / "charts" / f"{name}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("[incident_count]", "[nothing]"), encoding="utf-8")

    assert main([str(folder)]) == 1

    printed = capsys.readouterr().err
    assert "incidents.yaml" in printed
    assert "themes_by_day.yaml" in printed
    assert main([str(FOLDER)]) == 0
