"""The simulated provider: our own composer, in a child process."""

from typing import Any

from modules.asking import Made
from modules.music import working
from modules.music.providers import Piece, Wish
from modules.running.context import JobContext


def make(job: JobContext, wish: Wish) -> Piece:
    """Compose it. OGG is what is played, WAV goes along."""
    job.progress(0.1, "Composing")

    def attempt(_: Any) -> Made[tuple[dict[str, Any], bytes, bytes]]:
        return Made(
            working.compose(wish.prompt, seed=wish.seed, seconds=wish.seconds, check=job.check)
        )

    said, wav, ogg = job.call(attempt)
    return Piece(ogg, ((".wav", wav),), said)
