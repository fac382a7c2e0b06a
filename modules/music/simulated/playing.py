"""Plays a score: every voice in its place between left and right, a room, a soft limit."""

import numpy as np

from modules.music.simulated.composing import Note, Score
from modules.music.simulated.reading import Plan
from modules.music.simulated.sounds import RATE, Wave, stroke, tone

# Voice → loudness, place (-1 left to 1 right), how much of the room.
MIX: dict[str, tuple[float, float, float]] = {
    "melody": (0.60, 0.08, 0.32),
    "pad": (0.21, -0.1, 0.40),
    "broken": (0.30, 0.45, 0.35),
    "bass": (0.55, 0.0, 0.04),
    "kick": (0.75, 0.0, 0.03),
    "snare": (0.50, -0.12, 0.16),
    "clap": (0.50, 0.14, 0.20),
    "hat": (0.30, 0.35, 0.06),
    "shaker": (0.50, -0.4, 0.10),
    "ride": (0.45, 0.4, 0.12),
    "tom": (0.60, -0.25, 0.18),
}
DRUMS = {"kick", "snare", "clap", "hat", "shaker", "ride", "tom"}
LOUDNESS, PEAK = 0.16, 0.89
FADE_S = 1.2


def play(plan: Plan, score: Score) -> Wave:
    """Frames × left and right, between -1 and 1, as long as the plan says to the frame."""
    frames = round(plan.seconds * RATE)
    dry = np.zeros((2, frames), dtype=np.float32)
    wet = np.zeros(frames, dtype=np.float32)
    for voice, notes in score.voices.items():
        loud, place, room = MIX[voice]
        line = _line(plan, voice, notes, frames)
        angle = (place + 1) * np.pi / 4
        dry[0] += line * np.float32(loud * np.cos(angle) * 1.2)
        dry[1] += line * np.float32(loud * np.sin(angle) * 1.2)
        wet += line * np.float32(loud * room)
    for channel, delays in enumerate(((1557, 1867, 2311), (1617, 1931, 2269))):
        dry[channel] += _room(wet, delays)
    return _limited(dry).T


def _line(plan: Plan, voice: str, notes: list[Note], frames: int) -> Wave:
    """One voice by itself. No two strokes are quite alike, and none is quite in time."""
    line = np.zeros(frames, dtype=np.float32)
    chance = plan.random(f"hand/{voice}")
    beat = 60.0 / plan.tempo
    for note in notes:
        late = chance.uniform(0.0, 0.006)
        loud = note.loud * chance.uniform(0.92, 1.0)
        at = int((note.start * beat + late) * RATE)
        wave = _wave(plan, voice, note, beat)
        end = min(at + len(wave), frames)
        if end > at:
            line[at:end] += wave[: end - at] * np.float32(loud)
    return line


def _wave(plan: Plan, voice: str, note: Note, beat: float) -> Wave:
    if voice in DRUMS:
        return stroke(voice)
    sound = {"melody": plan.mood.lead, "pad": plan.mood.pad, "bass": "bass"}.get(voice, "pluck")
    length = max(1, int(note.length * beat * RATE))
    if voice == "pad":
        # Two that are not quite in tune make a wide one.
        return tone(sound, note.pitch, length, -5) + tone(sound, note.pitch, length, 5)
    return tone(sound, note.pitch, length)


def _room(sound: Wave, delays: tuple[int, ...]) -> Wave:
    """Echoes that come back ever softer (Schroeder's comb filters), a block at a time."""
    out = np.zeros_like(sound)
    for delay in delays:
        echo = np.zeros(len(sound) + delay, dtype=np.float32)
        echo[delay:] = sound
        for start in range(delay, len(sound), delay):
            end = min(start + delay, len(sound))
            echo[start:end] += echo[start - delay : end - delay] * np.float32(0.78)
        out += echo[: len(sound)] * np.float32(0.33)
    return out


def _limited(sound: Wave) -> Wave:
    """As loud as others are, its peaks bent softly below the limit, its end faded out."""
    fade = min(int(FADE_S * RATE), sound.shape[1] // 4)
    sound[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32) ** 2
    level = float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))
    sound *= np.float32(LOUDNESS / max(level, 1e-6))
    np.tanh(sound, out=sound)
    peak = float(np.max(np.abs(sound)))
    if peak > PEAK:
        sound *= np.float32(PEAK / peak)
    return sound
