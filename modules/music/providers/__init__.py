"""Who makes pieces: each provider by the name that models have for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from modules.running.context import JobContext


@dataclass(frozen=True)
class Wish:
    """What a piece shall be."""

    prompt: str
    title: str
    seconds: int
    seed: int
    instrumental: bool
    voice: str


@dataclass(frozen=True)
class Piece:
    """What came of it: the file that is played, others of the same sound, and what is known."""

    content: bytes
    others: tuple[tuple[str, bytes], ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


Make = Callable[[JobContext, Wish], Piece]

PROVIDERS = {
    "simulated": "modules.music.providers.composer",
    "suno": "modules.music.providers.suno",
    "openai": "modules.music.providers.speech",
}


def maker(provider: str) -> Make | None:
    """How this provider makes a piece, imported when first asked for; None for a stranger."""
    found = PROVIDERS.get(provider)
    if found is None:
        return None
    make: Make = import_module(found).make
    return make
