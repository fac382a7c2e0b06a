"""A stage for browser tests: the real server, a real Chromium, and what they complain about."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route

from accounts.models import Membership
from core import publishing
from missioncontrol.web import Server

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, TABLET, PHONE = (1440, 900), (820, 1100), (390, 844)


def until(page: Page, condition: Callable[[], object]) -> None:
    """Let the page go on until something is true here; fails when it is not within 30 s."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "not within 30 s"
        page.wait_for_timeout(20)


def hold_request(page: Page, path: str) -> list[Route]:
    """Keep the first request to `path` on its way to the server; those after it go through."""
    sent: list[Route] = []

    def keep(route: Route) -> None:
        sent.append(route)
        if len(sent) > 1:
            route.continue_()

    page.route(path, keep)
    return sent


def hold_answer(page: Page, path: str) -> list[tuple[Route, APIResponse]]:
    """Keep the answer to the first request to `path` on its way back to the page."""
    answered: list[tuple[Route, APIResponse]] = []

    def keep(route: Route) -> None:
        if answered:
            route.continue_()
        else:
            answered.append((route, route.fetch()))

    page.route(path, keep)
    return answered


class Site:
    """The application as it is served, sockets included, on a free port of this machine."""

    def __init__(self) -> None:
        self._listens = threading.Event()
        self._server = Server(host="127.0.0.1", port=0, started=self._listens.set)
        self._thread = threading.Thread(target=self._serve, name="site", daemon=True)
        self.address = ""

    def _serve(self) -> None:
        try:
            self._server.run()
        finally:
            connections.close_all()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listens.wait(20), "the server did not start"
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        publishing.set_loop(None)


class Screen:
    """One person's browser. Whatever it complains about fails the test at its end."""

    def __init__(
        self,
        browser: Browser,
        site: Site,
        member: Membership | None,
        *,
        size: tuple[int, int] = WIDE,
        dark: bool = False,
    ) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=site.address,
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(10_000)
        if member is not None:
            self._sign_in(member)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._on_request)

    def _sign_in(self, member: Membership) -> None:
        client = Client()
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session["workspace"] = str(member.workspace_id)
        session.save()
        name = settings.SESSION_COOKIE_NAME
        self.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": self.site.address}]
        )

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _on_request(self, request: Any) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
            self.complaints.append(f"asked the outside: {request.url}")

    def open(self, path: str, *, live: bool = False) -> Page:
        """Go to a page; with `live`, wait until it hears of changes."""
        self.page.goto(path, wait_until="load")
        if live:
            self.live()
        return self.page

    def live(self) -> None:
        self.page.wait_for_selector('#connection[data-state="live"]')

    def forgive(self, *words: str) -> None:
        """Take back complaints with one of these words: a refusal that the test asked for."""
        self.complaints = [
            said for said in self.complaints if not any(word in said for word in words)
        ]

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        wide: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide
