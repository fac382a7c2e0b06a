"""Patterns of the percussion. Each stroke is a place in the bar, in halves of a beat."""

from typing import TYPE_CHECKING

from modules.music.simulated.reading import Plan

if TYPE_CHECKING:
    from modules.music.simulated.composing import Note

# Instrument → (beat, loudness) in a bar of four; a bar of three takes what fits.
KITS: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {
    "pop": {
        "kick": ((0, 0.9), (1.5, 0.6), (2, 0.8)),
        "snare": ((1, 0.7), (3, 0.75)),
        "hat": tuple((n / 2, 0.34 if n % 2 else 0.42) for n in range(8)),
    },
    "dance": {
        "kick": tuple((float(n), 0.95) for n in range(4)),
        "clap": ((1, 0.6), (3, 0.65)),
        "hat": tuple((n + 0.5, 0.5) for n in range(4)),
    },
    "drums": {
        "kick": ((0, 1.0), (2, 0.75), (2.5, 0.6)),
        "tom": ((1, 0.5), (1.5, 0.45), (3, 0.6), (3.5, 0.55)),
    },
    "ride": {
        "kick": ((0, 0.45), (2, 0.35)),
        "snare": ((1, 0.22), (3, 0.26)),
        "ride": ((0, 0.45), (1, 0.5), (1.66, 0.35), (2, 0.45), (3, 0.5), (3.66, 0.35)),
    },
    "brushes": {
        "kick": ((0, 0.4),),
        "shaker": tuple((float(n), 0.25 if n % 2 else 0.18) for n in range(4)),
    },
    "shaker": {
        "kick": ((0, 0.35), (2, 0.28)),
        "shaker": tuple((n / 2, 0.24 if n % 2 else 0.16) for n in range(8)),
    },
}
FILL = ((2.0, 0.5), (2.5, 0.55), (3.0, 0.6), (3.25, 0.6), (3.5, 0.7), (3.75, 0.75))
_SOFT = {"brushes", "shaker", "ride"}


def drums(
    plan: Plan, voices: "dict[str, list[Note]]", letter: str, bar: int, *, fill: bool
) -> None:
    """Add one bar. It enters with the first phrase, and the end of a phrase has a fill."""
    from modules.music.simulated.composing import Note

    if letter == "i":
        return
    kit = KITS[plan.mood.kit]
    start = float(bar * plan.beats)
    thin = 0.6 if letter == "o" else 1.0
    fills = fill and letter != "o" and plan.mood.kit not in _SOFT and plan.beats == 4
    for name, strokes in kit.items():
        for at, loud in strokes:
            if at >= plan.beats or (fills and at >= 2 and name != "kick"):
                continue
            voices.setdefault(name, []).append(Note(start + at, 0.5, 0, loud * thin))
    if fills:
        drum = "tom" if plan.mood.kit == "drums" else "snare"
        for at, loud in FILL:
            voices.setdefault(drum, []).append(Note(start + at, 0.25, 0, loud * 0.8))
