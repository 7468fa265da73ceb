"""Open a dashboard as a reader does, in a real browser, and tell what he would see."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.chromium import Event, Page, open_page
from dashboards.errors import BrowserError

WIDTH = 1600
HEIGHT = 1200
BOTTOM = "Math.ceil(document.querySelector('.grid-content').getBoundingClientRect().bottom)"
TELEMETRY = "scarf.sh"
ERRORS = ", ".join(
    [
        ".ant-alert-error",
        ".alert-danger",
        '[data-test="error-alert"]',
        ".missing-chart-container",
        ".chart-container .ant-alert",
        ".ant-notification-notice-error",
    ]
)
CHARTS = ".dashboard-component-chart-holder:not(.dashboard-markdown *)"
BUSY = '.loading, [data-test="loading-indicator"], .ant-spin-spinning'


@dataclass(frozen=True)
class Login:
    """An account of Superset."""

    username: str
    password: str


@dataclass(frozen=True)
class PageReport:
    """What a reader sees of a dashboard.

    Attributes:
        text: all text of the page.
        errors: text of every element that reports an error.
        titles: titles of the charts shown.
        answers: HTTP status of every question a chart asked.
        questions: bodies of those questions, as the browser sent them.
        console: errors on the browser's console.
        screenshot: the picture, PNG.
    """

    text: str
    errors: tuple[str, ...]
    titles: tuple[str, ...]
    answers: tuple[int, ...]
    questions: tuple[dict[str, Any], ...]
    console: tuple[str, ...]
    screenshot: Path


def open_dashboard(
    url: str,
    login: Login,
    slug: str,
    screenshot: Path,
    *,
    tab: str | None = None,
    picture_height: int | None = None,
    seconds: float = 120.0,
    then: Callable[[Page], None] | None = None,
) -> PageReport:
    """Log in, open a dashboard, wait until every chart of a tab is drawn, take a picture.

    Args:
        url: Superset's address.
        login: the account of the reader.
        slug: last part of the dashboard's address.
        screenshot: the PNG file to write.
        tab: name of the tab to open; the first unless said.
        picture_height: pixels of the picture from the top of the page; the whole page unless said.
        seconds: limit of every wait.
        then: what the reader does on the drawn page, such as a click; the charts are waited for again, and only what
            they ask from then on is reported.

    Raises:
        BrowserError: no Chromium is installed, or the page does not come to rest in time.
    """
    with open_page(WIDTH, HEIGHT, seconds=seconds) as page:
        _log_in(page, url, login)
        page.events.clear()
        page.open(f"{url.rstrip('/')}/superset/dashboard/{slug}/")
        page.wait("document.querySelectorAll('.slice_container').length > 0", "the first chart")
        _draw(page)
        if tab is not None:
            _open_tab(page, tab)
        if then is not None:
            page.events.clear()
            then(page)
            page.wait_for(lambda: len(_requests(page.events)) > 0, "a chart to ask again")
            page.wait_for(lambda: _is_quiet(page), "the charts to be drawn again")
        # Charts and maps are animated; two equal pictures in a row show that they have come to rest.
        picture = _still(page, picture_height)
        screenshot.parent.mkdir(parents=True, exist_ok=True)
        screenshot.write_bytes(picture)
        return PageReport(
            text=str(page.evaluate("document.body.innerText")),
            errors=tuple(_texts(page, ERRORS)),
            titles=tuple(_texts(page, '[data-test="editable-title"], .header-title')),
            answers=tuple(_statuses(page.events)),
            questions=tuple(_questions(page.events)),
            console=tuple(_console(page.events)),
            screenshot=screenshot,
        )


def _log_in(page: Page, url: str, login: Login) -> None:
    page.open(f"{url.rstrip('/')}/login/")
    page.type_into("#username", login.username)
    page.type_into("#password", login.password)
    page.press_enter()
    page.wait("!location.pathname.startsWith('/login')", f"the login of {login.username}")
    page.wait("document.readyState === 'complete'", "the first page after login")


def _draw(page: Page) -> None:
    """Wait until every chart of the open tab is drawn."""
    # Superset draws only what is in the window, so the window must hold the whole page.
    page.resize(WIDTH, max(HEIGHT, int(page.evaluate(BOTTOM))))
    page.wait_for(lambda: _is_drawn(page), "every chart to be drawn")


def _open_tab(page: Page, name: str) -> None:
    """Click on a tab; what the first one asked is forgotten."""
    page.events.clear()
    found = page.evaluate(
        f"[...document.querySelectorAll('[role=tab]')].filter(e => e.innerText.trim() === {json.dumps(name)})"
        ".map(e => e.click()).length"
    )
    if found != 1:
        raise BrowserError(f"found {found} tabs named `{name}` on the page; expected one: see `tabs` in dashboard.yaml")
    page.wait(f"{_count('.slice_container')} > 0 && {_count(CHARTS)} > 0", f"tab {name}")
    _draw(page)


def _count(selector: str) -> str:
    """JavaScript that counts the elements shown; those of closed tabs stay in the page, hidden."""
    return f"[...document.querySelectorAll({json.dumps(selector)})].filter(e => e.checkVisibility()).length"


def _is_drawn(page: Page) -> bool:
    holders = page.evaluate(_count(CHARTS))
    slices = page.evaluate(_count(".slice_container"))
    return bool(holders > 0 and slices == holders and _is_quiet(page) and len(_statuses(page.events)) >= holders)


def _is_quiet(page: Page) -> bool:
    """Whether no chart waits for an answer or is being drawn."""
    busy = page.evaluate(_count(BUSY))
    return bool(busy == 0 and len(_requests(page.events)) == len(_statuses(page.events)))


def _still(page: Page, height: int | None) -> bytes:
    pictures: list[str] = []
    part = {"x": 0, "y": 0, "width": WIDTH, "height": height or int(page.evaluate(BOTTOM)), "scale": 1}

    def is_still() -> bool:
        pictures.append(page.call("Page.captureScreenshot", format="png", clip=part)["data"])
        return len(pictures) > 1 and pictures[-1] == pictures[-2]

    page.wait_for(is_still, "the picture to come to rest")
    return base64.b64decode(pictures[-1])


def _texts(page: Page, selector: str) -> list[str]:
    shown = f"[...document.querySelectorAll({json.dumps(selector)})].filter(e => e.checkVisibility())"
    script = f"{shown}.map(e => e.innerText.trim())"
    found = page.evaluate(script)
    return [str(text) for text in found]


def _requests(events: Sequence[Event]) -> dict[str, dict[str, Any]]:
    return {
        event["params"]["requestId"]: event["params"]["request"]
        for event in events
        if event.get("method") == "Network.requestWillBeSent"
        and "/api/v1/chart/data" in event["params"]["request"]["url"]
    }


def _statuses(events: Sequence[Event]) -> list[int]:
    asked = _requests(events)
    return [
        int(event["params"]["response"]["status"])
        for event in events
        if event.get("method") == "Network.responseReceived" and event["params"]["requestId"] in asked
    ]


def _questions(events: Sequence[Event]) -> list[dict[str, Any]]:
    bodies = [request.get("postData") for request in _requests(events).values()]
    return [json.loads(body) for body in bodies if body]


def _console(events: Sequence[Event]) -> list[str]:
    found = []
    for event in events:
        if event.get("method") == "Runtime.exceptionThrown":
            found.append(str(event["params"]["exceptionDetails"].get("text")))
        if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
            found.append(f"{event['params']['entry']['text']} {event['params']['entry'].get('url', '')}")
    # Superset's pages try to report their use to its makers; our content policy stops them, and says so here.
    return [text for text in found if TELEMETRY not in text]
