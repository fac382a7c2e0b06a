"""From the words of a prompt to what a piece needs: mood, tempo, key, metre."""

import hashlib
import re
from dataclasses import dataclass
from random import Random

from modules.music.simulated.moods import MOODS, NEUTRAL, SCALES, Mood

SLOWEST, FASTEST = 40, 200
_NOTES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_BPM = re.compile(r"(\d{2,3})\s*(?:bpm|beats)", re.IGNORECASE)
_MODES = "harmonic minor|major|minor|dorian|lydian|mixolydian|phrygian"
_KEY = re.compile(
    rf"\b([A-Ga-g])\s*(♯|♭|#|b(?![a-z])|sharp|flat)?[\s-]*({_MODES})\b", re.IGNORECASE
)
_MODE = re.compile(rf"\b({_MODES})\b", re.IGNORECASE)
_METRE = re.compile(r"\b([346])/([48])\b")
# How words of tempo bend what the mood has in mind.
_PACE = {
    "largo": 0.7,
    "slow": 0.8,
    "slowly": 0.8,
    "adagio": 0.8,
    "andante": 0.9,
    "moderate": 1.0,
    "allegro": 1.2,
    "fast": 1.25,
    "quick": 1.25,
    "presto": 1.45,
}


@dataclass(frozen=True)
class Plan:
    """What a piece is to be. `tonic` is 0 for C to 11 for B, `beats` those of a bar."""

    mood: Mood
    scale: str
    tonic: int
    tempo: float
    beats: int
    seconds: float
    seed: int

    @property
    def key(self) -> str:
        return f"{NAMES[self.tonic]} {self.scale}"

    @property
    def steps(self) -> tuple[int, ...]:
        return SCALES[self.scale]

    @property
    def bar(self) -> float:
        """How long a bar lasts, in seconds."""
        return self.beats * 60.0 / self.tempo

    def random(self, part: str) -> Random:
        """Chance for one part of the work; no part disturbs that of another."""
        return Random(_number(f"{self.seed}/{part}"))


def read(prompt: str, seed: int, seconds: float) -> Plan:
    """What the words ask for; what they leave open is up to the seed."""
    words = re.findall(r"[a-z][a-z-]*", prompt.lower())
    own = _number(f"{seed}/{' '.join(prompt.lower().split())}")
    chance = Random(own)
    mood = _mood(words)
    tempo = _tempo(prompt, words, mood, chance)
    scale, tonic = _key(prompt, mood, chance)
    return Plan(mood, scale, tonic, tempo, _beats(prompt, words), seconds, own)


def _mood(words: list[str]) -> Mood:
    """The mood that most words speak of; the first one named, where several do."""
    counts = [sum(word in mood.words for word in words) for mood in MOODS]
    best = max(counts)
    if best == 0:
        return NEUTRAL
    among = [mood for mood, count in zip(MOODS, counts, strict=True) if count == best]
    return min(among, key=lambda mood: min(words.index(w) for w in words if w in mood.words))


def _tempo(prompt: str, words: list[str], mood: Mood, chance: Random) -> float:
    usual = chance.randint(*mood.tempo)
    if told := _BPM.search(prompt):
        return float(min(max(int(told.group(1)), SLOWEST), FASTEST))
    for word in words:
        if word in _PACE and word not in mood.words:
            return round(min(max(usual * _PACE[word], SLOWEST), FASTEST))
    return float(usual)


def _key(prompt: str, mood: Mood, chance: Random) -> tuple[str, int]:
    tonic = chance.choice((0, 2, 4, 5, 7, 9, 10))
    if told := _KEY.search(prompt):
        sign = (told.group(2) or "").lower()
        bent = 1 if sign in ("♯", "#", "sharp") else -1 if sign else 0
        return told.group(3).lower(), (_NOTES[told.group(1).lower()] + bent) % 12
    if mode := _MODE.search(prompt):
        return mode.group(1).lower(), tonic
    return mood.scale, tonic


def _beats(prompt: str, words: list[str]) -> int:
    if "waltz" in words:
        return 3
    told = _METRE.search(prompt)
    return int(told.group(1)) if told else 4


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
