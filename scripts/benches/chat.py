"""Conversations: the first word on screen, a hundred that stream at once, ten thousand turns.

CHAT_ASKS and CHAT_STREAMS make it smaller for a trial. With DATABASE_URL and REDIS_URL the
houses run on those (`python scripts/with_services.py make bench ARGS=chat`), with two workers;
otherwise in one process, without the hundred.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from scripts.benches import Figure
from scripts.benches.board import PASSWORD, _sign_in
from scripts.benches.rig.long_talk import measure as long_talk
from scripts.benches.rig.speaker import Speaker, story
from tests.missioncontrol.house import House, eventually
from tests.ui.stage import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
ASKS = int(os.environ.get("CHAT_ASKS", "60"))
STREAMS = int(os.environ.get("CHAT_STREAMS", "100"))
SERVICES = bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
# Notes the moment in which the first word of each answer stands on the page.
WATCH = """() => {
  window.firsts = {};
  new MutationObserver(() => {
    for (const turn of document.querySelectorAll('.turn[data-by="agent"]')) {
      const words = turn.querySelector("[data-words], .prose");
      if (words?.textContent && !(turn.id in window.firsts)) window.firsts[turn.id] = Date.now();
    }
  }).observe(document.querySelector("#turns"), {
    childList: true,
    subtree: true,
    characterData: true,
  });
}"""


def measure() -> Iterator[Figure]:
    where = "services" if SERVICES else "embedded"
    if CHROMIUM.exists():
        yield from _first_words(where)
    if SERVICES:
        yield from _at_once()
    yield from long_talk()


# --- the first word --------------------------------------------------------------------------


def _first_words(where: str) -> Iterator[Figure]:
    with _house(Speaker(pieces=25, every_s=0.02)) as (house, speaker):
        address = f"http://127.0.0.1:{house.port}"
        talk = Program(house).start("Warm up, w0")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            page = _sign_in(browser, address)
            page.set_default_timeout(120_000)
            late = sorted(_asked(page, f"{address}/chat/{talk}/", speaker))
            browser.close()
    yield Figure(f"first word on screen, {where}, median", statistics.median(late), "ms")
    p95 = late[min(len(late) - 1, int(len(late) * 0.95))]
    yield Figure(f"first word on screen, {where}, p95", p95, "ms", 100)


def _asked(page: Page, address: str, speaker: Speaker) -> Iterator[float]:
    """Ask one thing after the other; how many ms after the model each began on screen."""
    page.goto(address)
    page.wait_for_selector('#connection[data-state="live"]')
    page.wait_for_selector('.turn[data-by="agent"][data-state="done"]')
    page.evaluate(WATCH)
    for number in range(1, ASKS + 1):
        question = f"Question w{number}"
        page.fill("#chat-words", question)
        page.click("#chat-buttons button[type=submit]")
        page.wait_for_function(
            "n => document.querySelectorAll('.turn[data-by=agent][data-state=done]').length > n",
            arg=number,
        )
        last = page.locator('.turn[data-by="agent"]').last.get_attribute("id")
        yield page.evaluate("id => window.firsts[id]", last) - speaker.first[question] * 1000


# --- a hundred at once -----------------------------------------------------------------------


def _at_once() -> Iterator[Figure]:
    threads = str(STREAMS // 2 + 4)
    with _house(Speaker(pieces=200, every_s=0.1), WORKERS="2", WORKER_THREADS=threads) as opened:
        house, speaker = opened
        program = Program(house)
        with ThreadPoolExecutor(4) as pool:
            talks = list(pool.map(lambda n: program.start(), range(STREAMS)))
            ear = subprocess.Popen(
                [sys.executable, "scripts/benches/rig/ears.py"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert ear.stdin is not None
            assert ear.stdout is not None
            plan = {"urls": [program.socket(talk) for talk in talks], "patience": 120}
            ear.stdin.write(json.dumps(plan) + "\n")
            ear.stdin.flush()
            assert ear.stdout.readline() == "ready\n"
            list(pool.map(lambda one: program.say(one[1], f"Question t{one[0]}"), enumerate(talks)))
            heard = json.loads(ear.stdout.readline())
            stored = list(pool.map(program.answer, talks))
        ear.wait(10)
    told = ["".join(story(f"Question t{n}", 200)) for n in range(STREAMS)]
    yield Figure("chats at once", STREAMS, "")
    yield Figure("of them streaming in the same moment", speaker.most_at_once, "", least=STREAMS)
    yield Figure("chunks that came", sum(one["chunks"] for one in heard), "")
    yield Figure("chunks lost", sum(one["lost"] for one in heard), "", 0)
    yield Figure("chunks doubled", sum(one["doubled"] for one in heard), "", 0)
    wrong = sum(one["text"] != text for one, text in zip(heard, told, strict=True))
    yield Figure("answers heard otherwise than said", wrong, "", 0)
    wrong = sum(one != text.strip() for one, text in zip(stored, told, strict=True))
    yield Figure("answers stored otherwise than said", wrong, "", 0)


# --- the house and a program that uses it ----------------------------------------------------


@contextmanager
def _house(speaker: Speaker, **environment: str) -> Iterator[tuple[House, Speaker]]:
    """A house whose only model is the speaker."""
    account = {
        "DJANGO_SUPERUSER_USERNAME": "alice",
        "DJANGO_SUPERUSER_EMAIL": "alice@example.org",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "OPENAI_API_KEY": "sk-bench-0123456789",
        "OPENAI_BASE_URL": speaker.url,
        "OPENAI_MODEL": "speaker",
        # It is the house that is measured, and not its limits.
        **{f"RATE_LIMIT_{name}": "1000000" for name in ("READ", "WRITE", "RUN")},
        **{name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if SERVICES},
    }
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), environment=account | environment)
        done = house.manage("prepare")
        assert done.returncode == 0, done.stderr
        try:
            house.start()
            eventually(house.is_ready)
            yield house, speaker
        finally:
            house.stop()
            house.close()
            speaker.stop()


class Program:
    """Talks as Alice, through the API."""

    def __init__(self, house: House) -> None:
        self.port = house.port
        self.token = ""
        who = {"username": "alice", "password": PASSWORD}
        self.token = self.call("POST", "auth/login", who)["access"]
        self.agent = self.call("GET", "agents")["results"][0]["id"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def start(self, content: str = "") -> str:
        wanted = {"agent": self.agent} | ({"content": content} if content else {})
        return str(self.call("POST", "conversations", wanted)["id"])

    def say(self, talk: str, content: str) -> None:
        self.call("POST", f"conversations/{talk}/turns", {"content": content})

    def answer(self, talk: str) -> str:
        for _ in range(100):
            turn = self.call("GET", f"conversations/{talk}/turns")["results"][1]
            if turn["state"] != "streaming":
                break
            time.sleep(0.2)
        return str(turn["content"]).strip()

    def socket(self, talk: str) -> str:
        ticket = self.call("POST", "auth/ws-ticket", {})["ticket"]
        return f"ws://127.0.0.1:{self.port}/api/v1/ws/conversations/{talk}?ticket={ticket}"
