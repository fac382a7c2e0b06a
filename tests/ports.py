"""Ports of this machine: such as will be listened at, and one at which nobody does."""

import itertools
import os
import socket
from functools import cache

# Below those that the system hands out by itself, to whatever connects or binds port 0 between
# the moment a port is chosen and the moment its server listens.
_LOWEST, _EACH = 20_000, 1_000


@cache
def _numbers() -> "itertools.cycle[int]":
    """Those of this process of tests, beginning where another run hardly does."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw9").removeprefix("gw")) % 10
    first, turned = _LOWEST + worker * _EACH, os.getpid() % _EACH
    return itertools.cycle(first + (turned + step) % _EACH for step in range(_EACH))


def free_port() -> int:
    """A port that is free, and that no other process of these tests will choose."""
    for port in _numbers():
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("the numbers have no end")


@cache
def silent_port() -> int:
    """A port that refuses connections: taken while this process lives, never listened at."""
    _held.bind(("127.0.0.1", 0))
    port: int = _held.getsockname()[1]
    return port


_held = socket.socket()
