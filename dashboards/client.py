"""A session with Superset's API: login, protection token, and answers that are never taken for success unread."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from dashboards.errors import SupersetError


class SupersetClient:
    """An open session; use it as a context manager.

    Raises:
        SupersetError: at opening when the address does not answer or the login is refused, and on every answer that is
            not a success in JSON.
    """

    def __init__(self, url: str, username: str, password: str, *, timeout: float = 60.0) -> None:
        self.url = url.rstrip("/")
        # A redirect to the login page would end in 200 and look like success.
        self._http = httpx.Client(
            base_url=self.url,
            timeout=timeout,
            follow_redirects=False,
            headers={"Accept": "application/json", "Referer": self.url},
        )
        try:
            self._log_in(username, password)
        except SupersetError:
            self._http.close()
            raise

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Ask; `query` goes into the address."""
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send JSON."""
        return self._answer("POST", path, json=body)

    def delete(self, path: str) -> dict[str, Any]:
        """Remove."""
        return self._answer("DELETE", path)

    def upload(self, path: str, field: str, name: str, content: bytes) -> dict[str, Any]:
        """Send one file as a form."""
        return self._answer("POST", path, files={field: (name, content, "application/zip")})

    def pages(self, path: str, question: str, size: int = 100) -> list[dict[str, Any]]:
        """All results of a list, page after page; `question` is Superset's filter text without page."""
        found: list[dict[str, Any]] = []
        while True:
            comma = "," if question else ""
            page = f"({question}{comma}page:{len(found) // size},page_size:{size})"
            answer = self.get(path, q=page)
            found += answer["result"]
            if len(found) >= answer["count"] or not answer["result"]:
                return found

    def _log_in(self, username: str, password: str) -> None:
        login = {"username": username, "password": password, "provider": "db", "refresh": True}
        answer = self._answer("POST", "/api/v1/security/login", json=login)
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        token = self.get("/api/v1/security/csrf_token/")["result"]
        self._http.headers["X-CSRFToken"] = token

    def _answer(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise SupersetError(
                f"{method} {self.url}{path} failed: {error}; is Superset running at that address?"
            ) from error
        if not response.is_success:
            raise SupersetError(
                f"{method} {self.url}{path} answered {response.status_code}: {response.text[:800]}; "
                "Superset's log says more"
            )
        try:
            body = response.json()
        except ValueError:
            raise SupersetError(f"{method} {self.url}{path} answered {response.text[:200]!r}, expected JSON") from None
        if not isinstance(body, dict):
            raise SupersetError(f"{method} {self.url}{path} answered a {type(body).__name__}, expected an object")
        return body
