"""Pictures without a model: drawn from the words of the prompt and the seed, by a child."""

import zlib

from modules.asking import Made
from modules.image.base import Pictures, Wish
from modules.language.base import Endpoint
from modules.pictures.working import work


def seed_of(wish: Wish) -> int:
    """The seed that is named, else one that the prompt stands for."""
    return wish.seed if wish.seed is not None else zlib.crc32(wish.prompt.encode()) >> 1


class SimulatedImages:
    """Real PNGs that anybody sees to be drawn, not photographed. The same for the same wish."""

    def make(self, wish: Wish, endpoint: Endpoint) -> Made[Pictures]:
        """See ImageProvider."""
        width, height = wish.pixels
        made: Pictures = []
        for number in range(wish.count):
            blobs = [blob for blob in (wish.image, wish.mask) if blob is not None]
            job = "drawing.draw"
            if wish.image is not None:
                job = "drawing.vary" if wish.vary else "drawing.edit"
            _, found = work(
                job,
                blobs,
                prompt=wish.prompt,
                seed=seed_of(wish) + number,
                width=width,
                height=height,
            )
            made += found
        return Made(made)
