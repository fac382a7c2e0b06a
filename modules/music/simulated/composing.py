"""A score from a plan: a form of phrases, chords, and a voice for each part.

A phrase has four bars and a letter; phrases of the same letter share chords and motif, and
each time but the first vary it. Times are in beats, pitches are MIDI's (60 is middle C).
"""

from dataclasses import dataclass, field
from random import Random

from modules.music.simulated.percussion import drums
from modules.music.simulated.reading import Plan

PHRASE = 4
# For so many phrases: what each is. Small letters enter and leave with fewer voices.
FORMS = ("A", "AA", "iAA", "iABA", "iABAo", "iAABAo", "iAABCAo", "iAABACAo", "iAABBCAAo")
LOW, HIGH = 60, 86


@dataclass(frozen=True)
class Note:
    """One note: where, how long, how high, how loud (0 to 1)."""

    start: float
    length: float
    pitch: int
    loud: float


@dataclass
class Phrase:
    """Four bars (the last one of a piece may have fewer) with their chords as degrees."""

    letter: str
    turn: int
    first: int
    chords: list[int]


@dataclass
class Score:
    """The notes of each voice, and what the piece is made of."""

    form: str
    bars: int
    phrases: list[Phrase]
    voices: dict[str, list[Note]] = field(default_factory=dict)


@dataclass(frozen=True)
class Motif:
    """Two bars of melody: when a note comes, how long it is, how far it steps."""

    notes: tuple[tuple[float, float, int], ...]


def compose(plan: Plan) -> Score:
    """The whole piece. The last bar is the tonic, and rings until the end."""
    bars = max(2, int(plan.seconds / plan.bar))
    score = Score(*_form(plan, bars))
    for phrase in score.phrases:
        for index, (bar, degree) in enumerate(zip(_bars(phrase), phrase.chords, strict=True)):
            last = bar == bars - 1
            _harmony(plan, score, phrase, bar, degree, last)
            _bass(plan, score, phrase, bar, degree, last)
            if not last:
                drums(plan, score.voices, phrase.letter, bar, fill=index == PHRASE - 1)
    _melody(plan, score)
    for notes in score.voices.values():
        notes.sort(key=lambda note: (note.start, note.pitch))
    return score


def chord(plan: Plan, degree: int, size: int = 3) -> list[int]:
    """The pitches of the chord on a degree, above the tonic near middle C."""
    return [tone(plan, degree + 2 * step) for step in range(size)]


def tone(plan: Plan, degree: int) -> int:
    """The pitch of a degree of the scale; 0 is the tonic near middle C."""
    octave, step = divmod(degree, len(plan.steps))
    return 60 + (plan.tonic - 12 if plan.tonic > 6 else plan.tonic) + 12 * octave + plan.steps[step]


def _form(plan: Plan, bars: int) -> tuple[str, int, list[Phrase]]:
    count = -(-bars // PHRASE)
    form = FORMS[min(count, len(FORMS)) - 1]
    while len(form) < count:
        form = f"{form[:-1]}BA{form[-1]}" if len(form) + 2 <= count else f"{form[:-1]}A{form[-1]}"
    chance = plan.random("chords")
    rows = chance.sample(plan.mood.chords, 3)
    chords = dict(zip("ABC", rows, strict=True)) | {"i": rows[0], "o": rows[0]}
    phrases, turns = [], dict.fromkeys("ABCio", 0)
    for index, letter in enumerate(form):
        first = index * PHRASE
        length = min(PHRASE, bars - first)
        phrases.append(Phrase(letter, turns[letter], first, list(chords[letter][:length])))
        turns[letter] += 1
    phrases[-1].chords[-1] = 0
    if bars > 2:
        # The last but one leads home: the fifth degree, or the fourth.
        before = phrases[-1] if len(phrases[-1].chords) > 1 else phrases[-2]
        at = -2 if before is phrases[-1] else -1
        before.chords[at] = chance.choice((4, 4, 3))
    return form, bars, phrases


def _bars(phrase: Phrase) -> range:
    return range(phrase.first, phrase.first + len(phrase.chords))


def _add(score: Score, voice: str, note: Note) -> None:
    score.voices.setdefault(voice, []).append(note)


def _harmony(plan: Plan, score: Score, phrase: Phrase, bar: int, degree: int, last: bool) -> None:
    """A held chord led from the one before, and where the piece is full, a broken one."""
    start = float(bar * plan.beats)
    size = 4 if plan.mood.pad == "keys" and not last else 3
    held = [note.pitch for note in score.voices.get("pad", []) if note.start == start - plan.beats]
    pitches = _led(chord(plan, degree, size), held)
    loud = {"i": 0.5, "o": 0.5, "B": 0.62, "C": 0.66}.get(phrase.letter, 0.58)
    for pitch in pitches:
        _add(score, "pad", Note(start, plan.beats * (2.0 if last else 1.0), pitch, loud))
    if last or phrase.letter == "o" or (phrase.letter == "A" and phrase.turn == 0):
        return
    chance = plan.random(f"broken/{phrase.letter}")
    order = chance.choice(((0, 1, 2, 1), (0, 2, 1, 2), (2, 1, 0, 1), (0, 1, 2, 3)))
    tones = [pitch + 12 for pitch in chord(plan, degree)] + [tone(plan, degree) + 24]
    pace = 1.0 if plan.mood.busy < 0.3 else 0.5
    for step in range(int(plan.beats / pace)):
        at = start + step * pace
        _add(score, "broken", Note(at, pace * 0.9, tones[order[step % 4]], 0.34))


def _led(pitches: list[int], before: list[int]) -> list[int]:
    """The chord in the position that is nearest to the one before."""
    if not before:
        return pitches
    middle = sum(before) / len(before)
    positions = [
        sorted(pitch + (12 if index < turn else 0) - drop for index, pitch in enumerate(pitches))
        for turn in range(len(pitches))
        for drop in (0, 12)
    ]
    return min(positions, key=lambda one: (abs(sum(one) / len(one) - middle), one))


def _bass(plan: Plan, score: Score, phrase: Phrase, bar: int, degree: int, last: bool) -> None:
    if phrase.letter == "i" and bar - phrase.first < 2 and not last:
        return
    start = float(bar * plan.beats)
    root = tone(plan, degree) - 24
    if root < 33:
        root += 12
    fifth = root + (tone(plan, degree + 4) - tone(plan, degree))
    if last:
        _add(score, "bass", Note(start, plan.beats * 2.0, root, 0.8))
        return
    for at, length, pitch, loud in _bass_pattern(plan, degree, root, fifth):
        _add(score, "bass", Note(start + at, length, pitch, loud))


def _bass_pattern(
    plan: Plan, degree: int, root: int, fifth: int
) -> list[tuple[float, float, int, float]]:
    beats = plan.beats
    if plan.mood.bass == "long":
        half = beats / 2
        return [(0.0, half, root, 0.75), (half, half, fifth, 0.55)]
    if plan.mood.bass == "octaves":
        halves = range(beats * 2)
        return [(n / 2, 0.4, root + 12 * (n % 2), 0.7 - 0.15 * (n % 2)) for n in halves]
    if plan.mood.bass == "driving":
        return [(n / 2, 0.45, root, 0.8 if n % 4 == 0 else 0.6) for n in range(beats * 2)]
    if plan.mood.bass == "walking":
        base = tone(plan, degree)
        walk = [root + tone(plan, degree + step) - base for step in (0, 2, 4, 5, 4, 2)]
        return [(float(n), 0.9, walk[n % 6], 0.7) for n in range(beats)]
    off = [(0.0, 0.9, root, 0.8), (1.5, 0.4, root, 0.6), (2.5, 0.4, fifth, 0.6)]
    return [one for one in off if one[0] < beats]


def _melody(plan: Plan, score: Score) -> None:
    motifs = {letter: _motif(plan, letter) for letter in "ABC"}
    end = score.bars - 1
    for phrase in score.phrases:
        if phrase.letter == "i":
            continue
        letter = "A" if phrase.letter == "o" else phrase.letter
        varied = plan.random(f"vary/{phrase.letter}/{phrase.turn}")
        at = tone_near(plan, 76 if letter == "B" else 69)
        for half in range(0, len(phrase.chords), 2):
            bars = [bar for bar in list(_bars(phrase))[half : half + 2] if bar < end]
            change = phrase.turn > 0 and half == 2
            notes = motifs[letter].notes
            if change:
                notes = _varied(notes, varied)
            at = _sing(plan, score, phrase, bars, notes, at)
    _add(score, "melody", Note(float(end * plan.beats), plan.beats * 1.5, _home(plan), 0.72))


def _home(plan: Plan) -> int:
    pitch = tone(plan, 0)
    return pitch + 12 if pitch < 64 else pitch


def tone_near(plan: Plan, pitch: int) -> int:
    """The degree whose tone is nearest to a pitch."""
    return min(range(-7, 22), key=lambda degree: abs(tone(plan, degree) - pitch))


def _motif(plan: Plan, letter: str) -> Motif:
    """Two bars: notes of a half to two beats, mostly by step, with a leap or two."""
    chance = plan.random(f"motif/{letter}")
    busy = plan.mood.busy * (1.25 if letter == "B" else 1.0)
    notes, at, end = [], 0.0, float(plan.beats * 2)
    while at < end:
        if chance.random() < busy:
            length = chance.choice((0.5, 0.5, 0.5, 1.0))
        else:
            length = chance.choice((1.0, 1.0, 1.5, 2.0))
        length = min(length, end - at)
        rest = at > 0 and chance.random() < 0.12
        step = chance.choice((-2, -1, -1, -1, 0, 1, 1, 1, 2, 3, -3))
        if not rest:
            notes.append((at, length, step))
        at += length
    return Motif(tuple(notes))


def _varied(
    notes: tuple[tuple[float, float, int], ...], chance: Random
) -> tuple[tuple[float, float, int], ...]:
    """The same rhythm on another path, or with a long note split into two."""
    if chance.random() < 0.5:
        return tuple((at, length, -step) for at, length, step in notes)
    split: list[tuple[float, float, int]] = []
    for at, length, step in notes:
        if length >= 1.0 and chance.random() < 0.6:
            split += [(at, length / 2, step), (at + length / 2, length / 2, chance.choice((-1, 1)))]
        else:
            split.append((at, length, step))
    return tuple(split)


def _sing(
    plan: Plan,
    score: Score,
    phrase: Phrase,
    bars: list[int],
    notes: tuple[tuple[float, float, int], ...],
    degree: int,
) -> int:
    """Put a motif over these bars; on the beats that weigh it meets the chord."""
    for at, length, step in notes:
        bar = int(at // plan.beats)
        if bar >= len(bars):
            break
        degree += step
        beat = at % plan.beats
        if beat == 0 or (plan.beats == 4 and beat == 2 and length >= 1):
            degree = _onto(phrase.chords[bars[bar] - phrase.first], degree)
        while tone(plan, degree) > HIGH:
            degree -= 7
        while tone(plan, degree) < LOW:
            degree += 7
        swung = plan.mood.swing if at % 1 == 0.5 else 0.0
        start = bars[0] * plan.beats + at + swung
        loud = 0.74 if beat == 0 else 0.64
        quiet = 0.8 if phrase.letter == "o" else 1.0
        _add(score, "melody", Note(start, length * 0.95, tone(plan, degree), loud * quiet))
    return degree


def _onto(root: int, degree: int) -> int:
    """The nearest degree that belongs to the chord on `root`."""
    return min(
        (degree + move for move in (0, -1, 1, -2, 2)),
        key=lambda one: ((one - root) % 7 not in (0, 2, 4), abs(one - degree)),
    )
