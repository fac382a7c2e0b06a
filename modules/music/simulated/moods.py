"""What a mood means in notes: scales, chords, tempo, and how each voice behaves.

Progressions are degrees of the scale, 0 for the first, one a bar.
"""

from dataclasses import dataclass

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}


@dataclass(frozen=True)
class Mood:
    """How a piece of this mood goes.

    `tempo` in beats a minute, from and to. `busy` is how likely the melody moves on within a
    beat. `kit` names the pattern of the percussion, `bass` that of the bass, `lead` and `pad`
    their sounds.
    """

    name: str
    words: tuple[str, ...]
    scale: str
    tempo: tuple[int, int]
    chords: tuple[tuple[int, ...], ...]
    busy: float
    kit: str
    bass: str
    lead: str
    pad: str
    swing: float = 0.0


MOODS = (
    Mood(
        "happy",
        ("happy", "joy", "joyful", "cheerful", "bright", "sunny", "upbeat", "summer"),
        "major",
        (108, 128),
        ((0, 4, 5, 3), (0, 3, 4, 4), (5, 3, 0, 4), (0, 2, 3, 4)),
        0.55,
        "pop",
        "octaves",
        "bell",
        "warm",
    ),
    Mood(
        "sad",
        ("sad", "melancholy", "melancholic", "grief", "lonely", "rain", "mourning", "tears"),
        "minor",
        (62, 78),
        ((0, 5, 2, 6), (0, 3, 5, 4), (5, 6, 0, 0), (3, 0, 5, 6)),
        0.25,
        "brushes",
        "long",
        "flute",
        "strings",
    ),
    Mood(
        "calm",
        ("calm", "peaceful", "ambient", "relaxed", "relaxing", "gentle", "quiet", "soft", "sleep"),
        "lydian",
        (66, 84),
        ((0, 1, 0, 4), (0, 5, 3, 4), (5, 3, 0, 1), (0, 4, 5, 1)),
        0.2,
        "shaker",
        "long",
        "flute",
        "strings",
    ),
    Mood(
        "epic",
        ("epic", "heroic", "cinematic", "battle", "triumphant", "glorious", "grand", "film"),
        "minor",
        (92, 112),
        ((0, 5, 2, 6), (0, 6, 5, 6), (5, 6, 0, 2), (3, 5, 6, 0)),
        0.4,
        "drums",
        "driving",
        "brass",
        "strings",
    ),
    Mood(
        "dark",
        ("dark", "ominous", "horror", "scary", "night", "sinister", "tense", "suspense"),
        "phrygian",
        (70, 92),
        ((0, 1, 0, 6), (0, 5, 1, 0), (3, 1, 0, 0), (0, 6, 5, 1)),
        0.3,
        "drums",
        "pulse",
        "reed",
        "dark",
    ),
    Mood(
        "energetic",
        ("energetic", "fast", "dance", "party", "workout", "electronic", "techno", "house", "edm"),
        "mixolydian",
        (124, 140),
        ((0, 6, 3, 0), (0, 3, 6, 4), (5, 3, 0, 6), (0, 0, 6, 3)),
        0.7,
        "dance",
        "pulse",
        "saw",
        "warm",
    ),
    Mood(
        "jazzy",
        ("jazz", "jazzy", "swing", "blues", "smooth", "lounge", "lofi", "lo-fi", "cafe"),
        "dorian",
        (84, 112),
        ((1, 4, 0, 5), (0, 3, 1, 4), (2, 5, 1, 4), (0, 5, 1, 4)),
        0.5,
        "ride",
        "walking",
        "reed",
        "keys",
        0.16,
    ),
    Mood(
        "playful",
        ("playful", "funny", "quirky", "cute", "children", "game", "whimsical", "bouncy"),
        "major",
        (112, 132),
        ((0, 3, 0, 4), (0, 1, 4, 0), (3, 4, 2, 5), (0, 5, 1, 4)),
        0.6,
        "shaker",
        "octaves",
        "pluck",
        "keys",
        0.1,
    ),
    Mood(
        "romantic",
        ("romantic", "love", "tender", "warm", "wedding", "dreamy", "nostalgic", "waltz"),
        "major",
        (72, 92),
        ((0, 5, 3, 4), (0, 2, 3, 4), (3, 4, 2, 5), (5, 1, 4, 0)),
        0.35,
        "brushes",
        "long",
        "flute",
        "keys",
    ),
    Mood(
        "mysterious",
        ("mysterious", "mystery", "space", "ocean", "forest", "ancient", "magic", "desert"),
        "harmonic minor",
        (76, 96),
        ((0, 3, 0, 4), (0, 5, 3, 4), (3, 4, 0, 0), (0, 1, 4, 0)),
        0.35,
        "shaker",
        "pulse",
        "bell",
        "dark",
    ),
)
NEUTRAL = MOODS[2]
