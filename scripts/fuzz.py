"""Let schemathesis at the API over the wire: `make fuzz`, or `make fuzz ARGS=2` for minutes each.

Twice, each on a fresh database and a server process of its own: with the key of a member, and
with that of an agent that runs elsewhere. PostgreSQL and Redis where they are, else SQLite.
The status is 1 for any failure, any answer of 5xx, and a key that did not live to the end.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CALLERS = ("member", "agent")


def main() -> int:
    asked = _asked()
    os.nice(19 - os.nice(0))
    if asked.here:
        from scripts.fuzzing.round import fuzz

        return fuzz(asked.callers[0], asked.minutes, asked.seed, asked.rest)
    worst = 0
    for caller in asked.callers:
        words = [sys.executable, __file__, str(asked.minutes), "--here", "--as", caller]
        if asked.seed is not None:
            words += ["--seed", str(asked.seed)]
        if _has_services():
            words = [sys.executable, str(ROOT / "scripts/with_services.py"), *words]
        with tempfile.TemporaryDirectory(prefix="mc-fuzz-") as var:
            environment = {**os.environ, "VAR_DIR": var}
            if not _has_services():
                environment |= {"DATABASE_URL": "", "REDIS_URL": ""}
            done = subprocess.run([*words, *asked.rest], cwd=ROOT, env=environment, check=False)
        worst = max(worst, abs(done.returncode))
    return min(worst, 1)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=5.0, help="each (5)")
    parser.add_argument("--as", dest="callers", action="append", choices=CALLERS)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked, rest = parser.parse_known_args()
    asked.rest = rest
    asked.callers = asked.callers or list(CALLERS)
    return asked


def _has_services() -> bool:
    """Whether there are PostgreSQL and Redis, running or to be started."""
    from scripts import with_services as services

    postgres = services._answering_postgres() or services._postgres_binaries()
    redis = services._answering_redis() or shutil.which("redis-server")
    return bool(postgres and redis)


if __name__ == "__main__":
    sys.exit(main())
