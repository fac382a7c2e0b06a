"""Fixtures of the browser tests. Without Chromium or built assets they are skipped, saying so."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from accounts.models import Membership
from tests.ui.stage import ARGUMENTS, CHROMIUM, WIDE, Screen, Site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/ui" in str(item.path) and "look" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for this folder's tests: its event loop must not outlive them."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here: apt-get install chromium")
    if not (settings.BASE_DIR / "static/dist/app.js").exists():
        pytest.skip("no built assets here: npm ci && npm run build")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    # Playwright keeps a loop in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with Site() as site:
        yield site


Look = Callable[..., Screen]


@pytest.fixture
def look(chromium: Browser, site: Site) -> Iterator[Look]:
    """Open a browser for somebody. What any page complains about fails the test."""
    screens: list[Screen] = []

    def make(
        member: Membership | None = None, *, size: tuple[int, int] = WIDE, dark: bool = False
    ) -> Screen:
        screens.append(Screen(chromium, site, member, size=size, dark=dark))
        return screens[-1]

    yield make
    complaints = [complaint for screen in screens for complaint in screen.complaints]
    for screen in screens:
        screen.context.close()
    assert not complaints, complaints
