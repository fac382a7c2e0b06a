"""What a provider of pictures is."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from modules.asking import Made
from modules.language.base import Endpoint

SIZES = {"square": (1024, 1024), "landscape": (1536, 1024), "portrait": (1024, 1536)}


@dataclass(frozen=True)
class Wish:
    """What is asked for. `image` is what it starts from, `mask` where it may be changed:
    a PNG of the same size that is transparent there."""

    prompt: str
    size: str = "square"
    quality: str = "medium"
    count: int = 1
    seed: int | None = None
    image: bytes | None = None
    mask: bytes | None = None
    vary: bool = False

    @property
    def pixels(self) -> tuple[int, int]:
        return SIZES[self.size]


Pictures = list[bytes]


class ImageProvider(Protocol):
    """Makes pictures, in one try. Raises ProviderError."""

    def make(
        self, wish: Wish, endpoint: Endpoint
    ) -> Made[Pictures] | Coroutine[Any, Any, Made[Pictures]]: ...
