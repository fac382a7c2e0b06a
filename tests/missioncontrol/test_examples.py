"""What stands in the examples and in the guide to the API, run against a real server as it is."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.missioncontrol.house import House, eventually

ROOT = Path(settings.BASE_DIR)
PASSWORD = "correct-horse-battery"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTS = re.compile(r"^# prints: (.*)$", re.MULTILINE)
MARK = "--- example"

SCRIPT = """
import json
from accounts.keys import create_api_key
from accounts.models import Membership
from agents.actions import create_agent
alice = Membership.objects.select_related("actor").get(user__username="alice").actor
pilot = create_agent(actor=alice, name="Pilot", role="brings ships in", external=True)
key = lambda *scopes, **owner: create_api_key(actor=alice, name="k", scopes=scopes, **owner)[1]
print(json.dumps({"alice": key("read", "write", "run", "admin"), "actor": str(pilot.actor_id),
                  "pilot": key("read", "write", "run", owner=pilot.actor)}))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    account = {
        "DJANGO_SUPERUSER_USERNAME": "alice",
        "DJANGO_SUPERUSER_EMAIL": "alice@example.org",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    house = House(tmp_path_factory.mktemp("var"), environment=account)
    house.prepare()
    house.start()
    eventually(house.is_ready, within=120)
    yield house
    house.close()


def address(house: House) -> str:
    return f"http://127.0.0.1:{house.port}"


def examples(text: str) -> list[str]:
    return [block for block in BLOCK.findall(text) if PRINTS.search(block)]


def test_the_guide_has_ten_examples_each_with_what_it_prints() -> None:
    text = (ROOT / "docs/api.md").read_text()
    assert len(examples(text)) == 10
    assert len(re.findall(r"^### \d+\. ", text, re.MULTILINE)) == 10


def test_the_examples_of_the_guide_do_what_they_say(house: House, tmp_path: Path) -> None:
    text = (ROOT / "docs/api.md").read_text()
    lines = ["set -euo pipefail"]
    for block in BLOCK.findall(text):
        lines += [f"echo '{MARK}'", block] if PRINTS.search(block) else [block]
    path = tmp_path / "guide.sh"
    path.write_text("\n".join(lines))
    done = subprocess.run(
        ["bash", str(path)],
        env={**os.environ, "BASE": address(house), "NAME": "alice", "PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = [part.strip() for part in done.stdout.split(f"{MARK}\n")[1:]]
    promised = [PRINTS.findall(block)[-1] for block in examples(text)]
    assert printed == promised, done.stderr


def ask(house: House, key: str, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{address(house)}/api/v1/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Token {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_outside_agent_takes_a_task_and_hands_it_in(house: House) -> None:
    made = house.manage("shell", "--verbosity=0", "-c", SCRIPT)
    assert made.returncode == 0, made.stderr
    cast = json.loads(made.stdout.splitlines()[-1])

    def alice(method: str, path: str, body: Any = None) -> Any:
        return ask(house, cast["alice"], method, path, body)

    wish = {"title": "Sound the channel", "assignee_ids": [cast["actor"]]}
    task = alice("POST", "tasks", wish)["id"]
    agent = subprocess.Popen(
        [sys.executable, "-I", str(ROOT / "examples/outside_agent.py"), "--once"],
        env={"MC_URL": address(house), "MC_KEY": cast["pilot"], "PATH": os.defpath},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said, _ = agent.communicate(timeout=120)
    assert agent.returncode == 0, said
    assert "work: " in said

    assert eventually(
        lambda: alice("GET", f"tasks/{task}")["status"] in ("review", "done"), within=60
    )
    (run,) = alice("GET", f"runs?task={task}&kind=work")["results"]
    assert (run["state"], run["outcome"]["text"]) == ("succeeded", "Handed in with a report.")
    steps = alice("GET", f"runs/{run['id']}/steps")["results"]
    assert {"note", "tool"} <= {step["kind"] for step in steps}
    (message, *_) = alice("GET", f"tasks/{task}/messages")["results"]
    assert message["author"]["handle"] == "pilot"
    (document,) = alice("GET", f"documents?task={task}")["results"]
    log = alice("GET", f"activities/task/{task}")["results"]
    assert {one["run"] for one in log if one["document"] == document["id"]} == {run["id"]}
