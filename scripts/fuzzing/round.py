"""One round: a fresh database, a server of its own, schemathesis at it, and what came of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
# Counted as always, but so high that nobody is refused; and nothing goes out.
QUIET = {
    **{f"RATE_LIMIT_{kind}": "100000000" for kind in ("LOGIN", "REFUSED", "READ", "WRITE", "RUN")},
    "EMAIL_URL": "dummymail://",
    "OPENAI_API_KEY": "",
    "ANTHROPIC_API_KEY": "",
    "REGISTRATION_OPEN": "1",
    "DEBUG": "0",
}
# Fields of bodies that hold ids, and of what.
BODIES = {
    "assignee_ids[*]": "actors",
    "reviewer": "actors",
    "waits_on": "actors",
    "whom": "actors",
    "needs": "tasks",
    "parent_task": "tasks",
    "depends_on[*]": "tasks",
    "task": "tasks",
    "document": "documents",
    "document_ids[*]": "documents",
    "agent": "agents",
}
# Building a body may take long beside other work, and says nothing of the API.
ASIDE = "--suppress-health-check=too_slow,filter_too_much"


def fuzz(caller: str, minutes: float, seed: int | None, rest: list[str]) -> int:
    """Fuzz as that caller; 0 when nothing at all was found."""
    os.environ.update(QUIET)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    collect = [sys.executable, "manage.py", "collectstatic", "-v0", "--noinput"]
    subprocess.run(collect, cwd=ROOT, check=True)
    made = subprocess.run(
        [sys.executable, "-m", "scripts.fuzzing.cast", caller],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    stage = json.loads(made.stdout.splitlines()[-1])
    key = stage["key"]
    config = _config(stage["ids"])
    database = os.environ.get("DATABASE_URL", "").partition(":")[0] or "sqlite"
    print(f"=== {caller}, {minutes:g} min, on {database}", flush=True)
    with _server() as address:
        status = _schemathesis(address, key, config, minutes, seed, rest)
        counts, broken = _counts(address)
        alive = _status(f"{address}/api/v1/tasks", key) == 200
    print(f"--- {caller}: {sum(counts.values())} answers: {_by_kind(counts)}")
    print("\n".join(broken[:20]))
    if not alive:
        print("The key was no longer let in at the end.")
    return int(bool(status or broken or not alive))


def _config(ids: dict[str, list[Any]]) -> Path:
    """Lets every other id be one that there is, so that more than 404 is asked of a route."""
    lines = [f"dictionaries.{json.dumps(name)}.values = {json.dumps(ids[name])}" for name in ids]
    lines += ["dictionaries.numbers.values = [0, 1, 2, 3, 4, 5]"]
    parameters = {"path.number": "numbers", "body.version": "numbers", "body.token": "numbers"}
    parameters |= {f"body.{field}": name for field, name in BODIES.items()}
    for place, name in parameters.items():
        lines += [f"parameters.{json.dumps(place)} = {_binding(name)}"]
    for name in ids.keys() - {"actors"}:
        place = "path.slug" if name == "whitepapers" else "path.id"
        lines += ["[[operations]]", f"include-path-regex = '^/api/v1/{name}/\\{{'"]
        lines += [f"parameters.{json.dumps(place)} = {_binding(name)}"]
    lines = ['hooks = "scripts.fuzzing.files"', *lines]
    path = Path(os.environ["VAR_DIR"]) / "schemathesis.toml"
    path.write_text("\n".join(lines))
    return path


def _binding(name: str) -> str:
    return f'{{ dictionary = "{name}", probability = 0.5 }}'


def _schemathesis(
    address: str, key: str, config: Path, minutes: float, seed: int | None, rest: list[str]
) -> int:
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--config-file", str(config), "run", f"{address}/api/v1/schema"]
    command += ["--url", address]
    command += ["-H", f"Authorization: Token {key}", "--checks", "all"]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--mode", "all"]
    command += [
        "--max-time",
        str(int(minutes * 60)),
    ]
    # How fast answers come is for the bench to tell; here others may be at work beside it.
    command += ["--max-response-time", "30", "--request-timeout", "30"]
    command += ["--continue-on-failure", ASIDE, "--no-color", "--generation-database", "none"]
    if seed is not None:
        command += ["--seed", str(seed)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, *rest], cwd=os.environ["VAR_DIR"], env=environment, check=False
    ).returncode


@contextmanager
def _server() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "scripts.fuzzing.served:application"]
    options = ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--no-access-log"]
    with (Path(os.environ["VAR_DIR"]) / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options, "--log-level", "warning", "--port", str(port)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
    if (keep := os.environ.get("FUZZ_LOG")) is not None:
        Path(keep).write_bytes(Path(log.name).read_bytes())


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while _status(f"{address}/health/live") != 200:
        if time.monotonic() > deadline or process.poll() is not None:
            sys.exit("The server does not answer.")
        time.sleep(0.1)


def _status(url: str, key: str = "") -> int:
    headers = {"Authorization": f"Token {key}"} if key else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def _counts(address: str) -> tuple[dict[str, int], list[str]]:
    with urllib.request.urlopen(f"{address}/counts") as answer:
        told: dict[str, Any] = json.load(answer)
    return told["counts"], told["broken"]


def _by_kind(counts: dict[str, int]) -> str:
    return ", ".join(f"{status}: {counts[status]}" for status in sorted(counts))
