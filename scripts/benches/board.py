"""From a change to the card on another screen: a real browser beside a real house.

The clock starts when the verb enters its change into the log, a moment before the commit,
and stops when the browser has put the new card in its place.
"""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import APIRequestContext, Browser, Page, sync_playwright

from scripts.benches import Figure
from tests.missioncontrol.house import House, eventually
from tests.ui.stage import ARGUMENTS, CHROMIUM

TASKS, CHANGES = 40, 150
# How long a model takes for a reply: a quick real one, and the simulated one unless told otherwise.
A_REAL_ONE_MS, SIMULATED_MS = 2_000, 150
PASSWORD = "correct-horse-battery"
WATCH = """() => {
  let changes = [];
  window.lateness = [];
  window.heard = [];
  document.addEventListener("mc:event", ({ detail }) => {
    const at = Date.parse(detail.at);
    window.heard.push(Date.now() - at);
    if (detail.task_number) changes.push({ task: detail.task_number, number: detail.number, at });
  });
  document.addEventListener("mc:cards", ({ detail: { tasks, last } }) => {
    const isShown = ({ task, number }) => number <= last && tasks.includes(task);
    for (const { at } of changes.filter(isShown)) window.lateness.push(Date.now() - at);
    changes = changes.filter((change) => !isShown(change));
  });
}"""


def measure() -> Iterator[Figure]:
    if not CHROMIUM.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        account = {
            "DJANGO_SUPERUSER_USERNAME": "alice",
            "DJANGO_SUPERUSER_EMAIL": "alice@example.org",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }
        house = House(Path(folder), environment=account)
        done = house.manage("prepare")
        assert done.returncode == 0, done.stderr
        try:
            house.start()
            eventually(house.is_ready)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
                yield from _measure(browser, f"http://127.0.0.1:{house.port}")
                browser.close()
        finally:
            house.close()


def _measure(browser: Browser, address: str) -> Iterator[Figure]:
    actor, watcher = _sign_in(browser, address), _sign_in(browser, address)
    post = Poster(actor, address)
    post.pace(A_REAL_ONE_MS)
    for index in range(TASKS):
        post("/tasks/new/", {"quick": "1", "title": f"Task {index}", "status": "inbox"})
    watcher.goto(f"{address}/board/")
    watcher.wait_for_selector('#connection[data-state="live"]')
    watcher.evaluate(WATCH)
    yield from _figures(actor, watcher, post, "while agents think for 2 s a step")
    post.pace(SIMULATED_MS)
    yield from _figures(actor, watcher, post, "while agents work as fast as it goes")
    post("/halt/", {})
    watcher.wait_for_timeout(2000)
    yield from _figures(actor, watcher, post, "while nobody works")


def _figures(actor: Page, watcher: Page, post: "Poster", when: str) -> Iterator[Figure]:
    watcher.evaluate("window.lateness.length = window.heard.length = 0")
    for index in range(CHANGES):
        number = index % TASKS + 1
        fields = {"field": "priority", "value": str((index // TASKS + 2) % 4)}
        post(f"/tasks/{number}/change/", fields)
        actor.wait_for_timeout(40)
    watcher.wait_for_timeout(1500)
    late: list[float] = sorted(watcher.evaluate("window.lateness"))
    assert len(late) >= CHANGES * 0.8, f"only {len(late)} of {CHANGES} changes were seen"
    heard: list[float] = sorted(watcher.evaluate("window.heard"))
    yield Figure(f"{when}: event elsewhere, median", statistics.median(heard), "ms")
    yield Figure(f"{when}: event elsewhere, p95", heard[int(len(heard) * 0.95)], "ms")
    yield Figure(f"{when}: card elsewhere, median", statistics.median(late), "ms")
    yield Figure(f"{when}: card elsewhere, p95", late[int(len(late) * 0.95)], "ms", 150)


def _sign_in(browser: Browser, address: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(f"{address}/login/")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_load_state()
    page.goto(f"{address}/board/")
    return page


class Poster:
    """Posts forms as the page itself would."""

    def __init__(self, page: Page, address: str) -> None:
        self.request: APIRequestContext = page.context.request
        self.address = address
        self.token = page.evaluate(
            "JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']"
        )

    def __call__(self, path: str, fields: dict[str, str]) -> None:
        headers = {"HX-Request": "true", **self._headers}
        answer = self.request.post(self.address + path, form={**fields}, headers=headers)
        assert answer.ok, f"{path}: {answer.status}"

    def pace(self, milliseconds: int) -> None:
        """How long the simulated model takes for a reply."""
        models = f"{self.address}/api/v1/models"
        for model in self.request.get(models).json()["results"]:
            answer = self.request.patch(
                f"{models}/{model['id']}",
                data={"options": {"latency_ms": milliseconds}},
                headers=self._headers,
            )
            assert answer.ok, answer.text()

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.token, "Referer": f"{self.address}/board/"}
