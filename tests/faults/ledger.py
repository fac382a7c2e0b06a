"""What was meant and what was done, in a file that no database under test knows of.

One line of JSON each, appended in one write, so that lines of many processes never mix and a
process that is killed leaves whole lines behind.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Account:
    """Intended and real effects, compared."""

    intended: int
    lost: list[str]
    doubled: list[str]
    unasked: list[str]

    @property
    def balanced(self) -> bool:
        return not (self.lost or self.doubled or self.unasked)

    def __str__(self) -> str:
        return (
            f"{self.intended} meant, {len(self.lost)} lost, {len(self.doubled)} doubled, "
            f"{len(self.unasked)} unasked"
        )


class Ledger:
    """An append-only file shared by all processes of a test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def write(self, what: str, **entry: Any) -> None:
        """Append one entry; it is on the file when this returns."""
        line = json.dumps({"what": what, "at": time.time(), "pid": os.getpid(), **entry})
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)

    def read(self, *what: str) -> Iterator[dict[str, Any]]:
        """The entries of these kinds, oldest first."""
        for line in self.path.read_text().splitlines():
            entry = json.loads(line)
            if entry["what"] in what:
                yield entry

    def count(self, what: str, **fields: Any) -> int:
        """How many entries of a kind have these values."""
        return sum(
            all(entry.get(name) == value for name, value in fields.items())
            for entry in self.read(what)
        )

    def account(self) -> Account:
        """Each effect that was meant must have happened exactly once, and no other."""
        meant = {entry["effect"] for entry in self.read("meant")}
        done = Counter(entry["effect"] for entry in self.read("effect"))
        return Account(
            intended=len(meant),
            lost=sorted(meant - done.keys()),
            doubled=sorted(effect for effect, times in done.items() if times > 1),
            unasked=sorted(done.keys() - meant),
        )


def take_overs(ledger: Ledger) -> list[float]:
    """Seconds from the death of a worker to the next claim of each run that it held.

    A worker may be killed before it has written down its claim: a token that is missing tells
    of it, and the time is shared among all the claims that it took.
    """
    deaths = {entry["process"]: entry["at"] for entry in ledger.read("killed")}
    claims: dict[str, list[dict[str, Any]]] = {}
    over: set[tuple[str, int]] = set()
    for entry in ledger.read("claim", "let go"):
        if entry["what"] == "claim":
            claims.setdefault(entry["run"], []).append(entry)
        else:
            over.add((entry["run"], entry["token"]))
    waits = []
    for of_run in claims.values():
        of_run.sort(key=lambda claim: claim["token"])
        for claim, following in pairwise(of_run):
            died = deaths.get(claim["pid"])
            if died is not None and (claim["run"], claim["token"]) not in over:
                claims_since = following["token"] - claim["token"]
                waits += [max(0.0, following["at"] - died) / claims_since] * claims_since
    return sorted(waits)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all are not above; nan of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
