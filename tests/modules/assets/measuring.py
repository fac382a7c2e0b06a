"""How much memory the child that reads pictures takes for one."""

import subprocess
import sys
from typing import Any

from modules.children import ENVIRONMENT, pack, unpack
from modules.pictures.working import CHILD, MEMORY

# A small process between: what a child held before it became the program counts as its own.
_BETWEEN = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-I", sys.argv[1]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def taken(blob: bytes, *, pixels: int = 40_000_000) -> tuple[dict[str, Any], float]:
    """What the child says to a picture, and the most memory it held, in MB."""
    limits = {"pixels": pixels, "memory": MEMORY, "seconds": 30}
    done = subprocess.run(
        [sys.executable, "-I", "-c", _BETWEEN, str(CHILD)],
        input=pack({"job": "take", **limits}, [blob]),
        capture_output=True,
        env=ENVIRONMENT,
        check=True,
    )
    return unpack(done.stdout)[0], int(done.stderr) / 1024
