"""The whole way: from words to files, and what can be said of them."""

from typing import Any

from modules.music.simulated.composing import compose
from modules.music.simulated.files import ogg, outline, wav
from modules.music.simulated.playing import play
from modules.music.simulated.reading import read

LEAST_S, MOST_S = 5, 300


def make(prompt: str, *, seed: int, seconds: float) -> tuple[dict[str, Any], bytes, bytes]:
    """A piece: what it is, as WAV, and as OGG. The same words and seed give the same bytes."""
    if not LEAST_S <= seconds <= MOST_S:
        raise ValueError(f"a piece lasts {LEAST_S} to {MOST_S} seconds")
    plan = read(prompt, seed, seconds)
    score = compose(plan)
    sound = play(plan, score)
    said = {
        "seed": seed,
        "seconds": seconds,
        "mood": plan.mood.name,
        "key": plan.key,
        "tempo": round(plan.tempo),
        "beats": plan.beats,
        "bars": score.bars,
        "form": score.form,
        "voices": sorted(score.voices),
        "notes": sum(len(notes) for notes in score.voices.values()),
        "peaks": outline(sound),
    }
    return said, wav(sound), ogg(sound)
