"""Sounds: waves for the pitched voices, noise and bent tones for the percussion."""

from functools import cache
from typing import Any

import numpy as np

RATE = 44_100
_TABLE = 4_096
# A period in units of the phase: all of 32 bits, of which the uppermost twelve choose a sample.
_TURN, _TURN_BITS = 2**32, np.uint32(20)
Wave = np.ndarray[Any, np.dtype[np.float32]]

# Strengths of the harmonics of each sound.
HARMONICS: dict[str, tuple[float, ...]] = {
    "flute": (1.0, 0.22, 0.1, 0.03),
    "bell": (1.0, 0.0, 0.45, 0.0, 0.22, 0.0, 0.12, 0.0, 0.06),
    "brass": (1.0, 0.85, 0.7, 0.55, 0.4, 0.3, 0.2, 0.12),
    "reed": (1.0, 0.1, 0.6, 0.1, 0.35, 0.06, 0.2, 0.04),
    "saw": tuple(1.0 / n for n in range(1, 14)),
    "pluck": (1.0, 0.6, 0.45, 0.3, 0.2, 0.15, 0.1),
    "warm": (1.0, 0.4, 0.2, 0.12, 0.06),
    "strings": (1.0, 0.6, 0.42, 0.3, 0.2, 0.14, 0.1, 0.07),
    "dark": (1.0, 0.5, 0.12, 0.05),
    "keys": (1.0, 0.5, 0.16, 0.1, 0.06, 0.04),
    "bass": (1.0, 0.55, 0.3, 0.14, 0.06),
}
# Seconds to come, to fall to the level that is held, that level, and to go.
ENVELOPES: dict[str, tuple[float, float, float, float]] = {
    "flute": (0.05, 0.1, 0.8, 0.16),
    "bell": (0.003, 0.7, 0.12, 0.5),
    "brass": (0.04, 0.12, 0.75, 0.14),
    "reed": (0.03, 0.1, 0.75, 0.12),
    "saw": (0.006, 0.18, 0.55, 0.1),
    "pluck": (0.002, 0.28, 0.08, 0.15),
    "warm": (0.09, 0.3, 0.75, 0.35),
    "strings": (0.22, 0.3, 0.85, 0.5),
    "dark": (0.15, 0.4, 0.7, 0.5),
    "keys": (0.004, 0.9, 0.35, 0.3),
    "bass": (0.008, 0.25, 0.65, 0.09),
}


@cache
def _cycle(sound: str, most: int) -> Wave:
    """One period, with no harmonic that would be too high to be heard right."""
    at = np.arange(_TABLE) * (2 * np.pi / _TABLE)
    strengths = HARMONICS[sound][:most]
    wave = sum(level * np.sin(n * at + 0.37 * n * n) for n, level in enumerate(strengths, 1))
    level = float(np.sqrt(np.mean(np.square(wave))))
    return (np.asarray(wave) / (level * 3.2)).astype(np.float32)


@cache
def tone(sound: str, pitch: int, frames: int, cents: int = 0) -> Wave:
    """A note of so many frames, and its going after them."""
    hertz = 440.0 * 2.0 ** ((pitch - 69 + cents / 100) / 12)
    shape = envelope(sound, frames)
    most = max(1, int(RATE * 0.45 / hertz))
    cycle = _cycle(sound, most)
    # The phase is a whole number that wraps with each period, so that nothing is rounded away.
    phase = np.arange(len(shape), dtype=np.uint32)
    phase *= np.uint32(round(hertz / RATE * _TURN))
    if ENVELOPES[sound][0] >= 0.02:
        # What is blown or bowed is never quite still.
        astray = _swing(_rounded(len(shape)))[: len(shape)] * np.float32(hertz)
        phase += astray.astype(np.int32).view(np.uint32)
    phase >>= _TURN_BITS
    found: Wave = cycle[phase] * shape
    return found


def _rounded(frames: int) -> int:
    """So many frames or a few more: curves of few lengths serve notes of many."""
    return -(-frames // RATE) * RATE


@cache
def _swing(frames: int) -> Wave:
    """How far the phase of a tone of 1 Hz goes astray, growing over 0.4 s: 0.22 % of its pitch."""
    seconds = np.arange(frames) / RATE
    swing = np.minimum(seconds / 0.4, 1.0) * np.sin(2 * np.pi * 5.1 * seconds)
    return np.asarray(swing * (0.0022 * _TURN / (2 * np.pi * 5.1)), dtype=np.float32)


@cache
def envelope(sound: str, frames: int) -> Wave:
    """How loud a note is while it lasts and after."""
    attack, _, _, release = ENVELOPES[sound]
    rise = max(1, min(int(attack * RATE), frames))
    tail = int(release * RATE)
    shape = np.empty(frames + tail, dtype=np.float32)
    shape[:rise] = np.linspace(0.0, 1.0, rise, dtype=np.float32)
    shape[rise:frames] = _fall(sound, _rounded(frames))[: frames - rise]
    shape[frames:] = shape[frames - 1] * _going(sound)
    return shape


@cache
def _fall(sound: str, frames: int) -> Wave:
    """From full loudness to what is held."""
    _, decay, held, _ = ENVELOPES[sound]
    at = np.arange(frames, dtype=np.float32)
    falling = held + (1.0 - held) * np.exp(-at / np.float32(decay * RATE * 0.5))
    return np.asarray(falling, dtype=np.float32)


@cache
def _going(sound: str) -> Wave:
    """From what was held to silence."""
    tail = int(ENVELOPES[sound][3] * RATE)
    going = np.exp(-np.arange(tail, dtype=np.float32) / np.float32(tail / 5.0))
    return np.asarray(going * np.linspace(1.0, 0.0, tail), dtype=np.float32)


def _noise(frames: int, seed: int) -> Wave:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(frames).astype(np.float32)


def _bright(noise: Wave) -> Wave:
    """Without what is low: the difference from one frame to the next."""
    found: Wave = np.asarray(np.diff(noise, prepend=np.float32(0)) * 0.6, dtype=np.float32)
    return found


def _fading(frames: int, seconds: float) -> Wave:
    falls = np.exp(-np.arange(frames, dtype=np.float32) / (seconds * RATE))
    return np.asarray(falls, dtype=np.float32)


def _falling(frames: int, high: float, low: float, seconds: float) -> Wave:
    """A tone that drops from one pitch to another."""
    hertz = low + (high - low) * _fading(frames, seconds)
    return np.sin(2 * np.pi * np.cumsum(hertz, dtype=np.float64) / RATE).astype(np.float32)


@cache
def stroke(name: str) -> Wave:
    """One stroke of a drum, the same each time."""
    size = {"kick": 0.4, "tom": 0.5, "snare": 0.3, "clap": 0.28, "ride": 0.7}.get(name, 0.12)
    frames = int(size * RATE)
    noise = _noise(frames, len(name) * 1_000 + ord(name[0]))
    if name == "kick":
        found = _falling(frames, 150, 48, 0.035) * _fading(frames, 0.11)
    elif name == "tom":
        found = _falling(frames, 180, 82, 0.07) * _fading(frames, 0.14) * 0.8
    elif name == "snare":
        body = _falling(frames, 240, 180, 0.03) * _fading(frames, 0.05) * 0.5
        found = body + noise * _fading(frames, 0.06) * 0.28
    elif name == "clap":
        found = _bright(noise) * _fading(frames, 0.06) * 0.5
        found += np.roll(found, 450) * 0.6
    elif name == "ride":
        found = _bright(_bright(noise)) * _fading(frames, 0.2) * 0.3
    else:
        found = _bright(_bright(noise)) * _fading(frames, 0.022 if name == "hat" else 0.05) * 0.5
    found[-400:] *= np.linspace(1, 0, 400, dtype=np.float32)
    return np.asarray(found, dtype=np.float32)
