"""`make demo` as its user meets it: a simulated day came through every transport, and the page says so.

The printed address opens, its figures are those computed from the wire, Ctrl-C ends it all.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboards.browser import Login, PageReport, open_dashboard
from dashboards.specification import load_dashboard
from schemas.city import load_city
from schemas.simulated import WORDS, marked
from vigie.demo.check import run_check
from vigie.demo.independent.figures import figures
from vigie.local.superset import Login as Account
from vigie.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NARROW_SPACE = "\u202f"
TRANSPORTS = {"amqp", "file", "http", "mllp", "mqtt"}
FIRST_SCREEN_PX = 1500
TAB = load_dashboard(ROOT / "dashboards" / "observatory").tabs[1].title.fr

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class LiveDemo:
    """A demonstration that waits for Ctrl-C, and what it printed."""

    process: subprocess.Popen[str]
    printed: str
    home: Path

    def told(self, pattern: str) -> re.Match[str]:
        """What the demonstration printed in answer to a pattern."""
        found = re.search(pattern, self.printed, re.MULTILINE)
        assert found, self.printed
        return found


@pytest.fixture(scope="module")
def live_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveDemo]:
    home = tmp_path_factory.mktemp("live")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    process = subprocess.Popen(
        [ROOT / ".venv" / "bin" / "vigie", "demo"],
        cwd=ROOT,
        env={**kept, "VIGIE_HOME": str(home), "VIGIE_SETTINGS": str(home / "none.toml")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("Ctrl-C stops everything"):
            break
    yield LiveDemo(process, printed, home)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(120)


PICTURES = {None: "observatory.png", TAB: "incidents.png"}
"""Tab of the page, the first without a name, and its picture."""


@pytest.fixture(scope="module")
def pages(live_demo: LiveDemo, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, PageReport]:
    """Every tab of the page, as the printed login sees it."""
    address = live_demo.told(r"^Dashboard \(fr\): (http://127\.0\.0\.1:\d+)/superset/dashboard/(\S+?)/?$")
    login = live_demo.told(r"^To read:\s+login (\S+)\s+password (\S+)$")
    # README_PICTURES=docs/images makes the pictures of the README anew.
    kept = os.environ.get("README_PICTURES")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("pictures")
    reader = Login(login.group(1), login.group(2))
    return {
        tab: open_dashboard(
            address.group(1), reader, address.group(2), folder / name, tab=tab, picture_height=FIRST_SCREEN_PX,
            seconds=240,
        )
        for tab, name in PICTURES.items()
    }  # fmt: skip


@pytest.fixture(scope="module")
def page(pages: dict[str | None, PageReport]) -> PageReport:
    """The tab that the page opens on."""
    return pages[None]


@pytest.fixture(scope="module")
def folder(live_demo: LiveDemo) -> Path:
    """What was told, source by source."""
    return live_demo.home / "simulated" / Settings().city


def test_every_message_came_through_every_transport(live_demo: LiveDemo, folder: Path) -> None:
    lines = live_demo.printed.partition("Every message of every simulated source")[2].splitlines()[2:]
    rows = [line.split("\t") for line in lines[: next(n for n, line in enumerate(lines) if line.startswith("#"))]]
    assert {row[0] for row in rows} == {path.name for path in folder.iterdir() if path.is_dir()}
    assert {row[1] for row in rows} == TRANSPORTS
    assert all(row[3] == row[4] and row[6] == "yes" for row in rows)


def test_every_figure_is_that_of_an_independent_reading_of_the_wire(live_demo: LiveDemo, folder: Path) -> None:
    url = live_demo.told(r"^Dashboard \(fr\): (http://127\.0\.0\.1:\d+)/").group(1)
    login = live_demo.told(r"^To edit:\s+login (\S+)\s+password (\S+)$")
    editor = Account(login.group(1), login.group(2))
    city = Settings().city
    assert run_check(city, str(live_demo.home / "lake" / city), url, editor, folder)


def test_the_page_says_that_it_is_simulated_and_shows_the_number_of_reports(page: PageReport, folder: Path) -> None:
    assert WORDS.fr in page.text
    assert marked(load_city(Settings().city).label).fr in page.text
    count = figures(Settings().city, folder).total_count
    assert f"{count:,}".replace(",", NARROW_SPACE) in page.text


def test_the_map_of_incidents_says_that_it_is_simulated(pages: dict[str | None, PageReport]) -> None:
    assert WORDS.fr in pages[TAB].text
    assert "Carte des incidents" in pages[TAB].text


@pytest.mark.parametrize("tab", PICTURES)
def test_no_chart_fails_and_the_console_is_silent(pages: dict[str | None, PageReport], tab: str | None) -> None:
    page = pages[tab]
    assert page.errors == ()
    assert page.console == ()
    assert set(page.answers) == {200}


@pytest.mark.parametrize("tab", PICTURES)
def test_the_picture_shows_a_drawn_page(pages: dict[str | None, PageReport], tab: str | None) -> None:
    pixels = np.asarray(Image.open(pages[tab].screenshot).convert("RGB")).reshape(-1, 3)
    assert pixels.std() > 10
    assert len(np.unique(pixels[:: max(1, len(pixels) // 200_000)], axis=0)) > 200


def test_interrupting_ends_everything_that_was_started(live_demo: LiveDemo, page: PageReport) -> None:
    assert page.answers
    live_demo.process.send_signal(signal.SIGINT)
    live_demo.process.wait(120)
    mark = f"VIGIE_HOME={live_demo.home}".encode()
    assert [folder.name for folder in Path("/proc").glob("[0-9]*") if mark in environment(folder)] == []


def environment(folder: Path) -> bytes:
    """Environment of a process, empty when it is gone."""
    try:
        return (folder / "environ").read_bytes()
    except OSError:
        return b""
