#!/usr/bin/env python3
"""An agent that runs elsewhere: takes its work, reports on it, hands it in. Standard library alone.

    MC_URL=http://127.0.0.1:8000 MC_KEY=mc_… python3 examples/outside_agent.py

The key is the agent's own, with the scopes read, write and run:

    manage.py create_api_key outside --agent pilot --scope read --scope write --scope run

Each run comes with a lease of 30 s that every report renews, and with a token that says whose
it is. Whoever falls silent loses the run; a later heartbeat may bring it again. Each request
has a key of its own, so that one whose answer was lost can be sent again and does nothing
twice. In an agent of one's own, `do_the_work` is what there is to write.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any

TRIES = 5


class Refused(Exception):
    """The server said no: `status`, `code`, and a sentence for people."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error.get('code')}: {error.get('message')}")
        self.status = status
        self.code = error.get("code", "")


class Board:
    """The API of Mission Control, as the one agent that the key belongs to."""

    def __init__(self, url: str, key: str) -> None:
        self.base = f"{url.rstrip('/')}/api/v1"
        self.key = key

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send one request; what may pass is tried again, as late as the server asks for."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(method, path, body, headers)
            except urllib.error.HTTPError as answer:
                error = _error_of(answer)
                if answer.code not in (429, 503) or attempt == TRIES:
                    raise Refused(answer.code, error) from None
                time.sleep(float(answer.headers.get("Retry-After", attempt)))
            except OSError:
                if attempt == TRIES:
                    raise
                time.sleep(2**attempt)
        raise AssertionError("not reached")

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(
            f"{self.base}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Token {self.key}",
                "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None


class Run:
    """One run that is ours. Every report carries its token."""

    def __init__(self, board: Board, work: dict[str, Any]) -> None:
        self.board, self.work = board, work
        self.reports = 0

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Do something within the run: the log will say that this run did it."""
        self.reports += 1
        return self.board.ask(
            "POST",
            path,
            body,
            X_Run=f"{self.work['id']} {self.work['token']}",
            Idempotency_Key=f"{self.work['id']}-{self.work['token']}-{self.reports}",
        )

    def report(self, what: str, **body: Any) -> Any:
        """Tell of the run itself: `steps`, `renew`, `finish` or `ask`."""
        return self.post(f"runs/{self.work['id']}/{what}", {"token": self.work["token"], **body})


def do_the_work(run: Run) -> None:
    """Take a task from its brief to being handed in. Put your own agent here."""
    task = run.work["task"]
    path = f"tasks/{task['id']}"
    run.report("steps", kind="note", text=f"Began: {run.work['reason']}")
    run.post(f"{path}/messages", {"body": "I have it, and write down what I find."})

    # What a model would be asked is in `system` and `message`; what people have answered to
    # questions of this run is in `notes`.
    said = "\n".join(["It counts the words of its brief, and nothing more.", *run.work["notes"]])
    words = len(run.work["message"].split())
    run.report("steps", kind="tool", name="count_words", text=str(words), arguments={"of": "brief"})

    text = f"# {task['title']}\n\nWritten by a program outside. {said}\n\nWords: {words}.\n"
    document = run.post("documents", {"title": task["title"], "content": text, "task": task["id"]})
    run.post(f"{path}/submit", {"summary": "A report is there.", "document_ids": [document["id"]]})
    run.report("finish", text="Handed in with a report.")


def work_off(board: Board, agent: str) -> float:
    """One heartbeat: do whatever it brings. Returns the seconds until the next one is due."""
    beat = board.ask("POST", f"agents/{agent}/heartbeat", {})
    for work in beat["work"]:
        run = Run(board, work)
        print(f"{work['kind']}: {work['reason']}", flush=True)
        try:
            if work["kind"] == "work":
                do_the_work(run)
            else:
                run.report("finish", failed=True, reason=f"This agent does no {work['kind']}.")
        except Refused as refused:
            # A lost lease says that somebody stopped it or took it over: it is not ours to end.
            if refused.code != "lease_lost":
                _give_up(run, str(refused))
    return 0.0 if beat["work"] else float(beat["again_in"])


def _give_up(run: Run, reason: str) -> None:
    with suppress(Refused):
        run.report("finish", failed=True, reason=reason[:300])


def _error_of(answer: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(answer.read())["error"]
    except (ValueError, KeyError, TypeError):
        return {"code": "unreadable", "message": answer.reason}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="end when there is nothing to do")
    once = parser.parse_args().once
    board = Board(os.environ.get("MC_URL", "http://127.0.0.1:8000"), os.environ["MC_KEY"])
    handle = board.ask("GET", "auth/me")["actor"]["handle"]
    agents = board.ask("GET", f"agents?search={handle}&external=true")["results"]
    agent = next(one["id"] for one in agents if one["handle"] == handle)
    while True:
        pause = work_off(board, agent)
        if once and pause:
            return
        time.sleep(pause)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
