"""The composer of ours: real pieces, valid files, the same bytes for the same question."""

import io
from functools import cache
from typing import Any

import numpy as np
import pytest
import soundfile

from modules.music import working
from modules.music.simulated.composing import PHRASE, Score, compose
from modules.music.simulated.files import checksum, with_serial
from modules.music.simulated.moods import MOODS
from modules.music.simulated.reading import NAMES, Plan, read

PROMPT = "A joyful morning in D major at 120 bpm"
MELODIC = {"melody", "pad", "broken", "bass"}


@cache
def piece(seconds: float = 12) -> tuple[dict[str, Any], bytes, bytes]:
    return working.compose(PROMPT, seed=7, seconds=seconds)


def score_of(prompt: str, seconds: float = 60, seed: int = 1) -> tuple[Plan, Score]:
    plan = read(prompt, seed, seconds)
    return plan, compose(plan)


# --- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("index", "form", "kind"), [(1, "WAV", "PCM_16"), (2, "OGG", "VORBIS")])
def test_a_piece_is_a_valid_file_as_long_as_asked_neither_silent_nor_clipped(
    index: int, form: str, kind: str
) -> None:
    content = piece()[index]
    assert isinstance(content, bytes)
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        assert (file.format, file.subtype) == (form, kind)
        assert (file.samplerate, file.channels) == (44_100, 2)
        assert file.frames == 12 * 44_100
        sound = file.read()
    seconds = np.sqrt(np.mean(np.square(sound.reshape(12, 44_100, 2)), axis=(1, 2)))
    assert np.all(seconds[:11] > 0.01)
    assert 0.1 < np.sqrt(np.mean(np.square(sound))) < 0.3
    assert 0.3 < np.max(np.abs(sound)) < 0.99
    # Two sides that belong together and are not the same.
    assert not np.array_equal(sound[:, 0], sound[:, 1])
    assert abs(float(np.mean(sound))) < 0.01


def test_the_same_words_and_seed_have_the_same_bytes_in_another_process() -> None:
    again = working.compose(PROMPT, seed=7, seconds=12)
    assert again[1] == piece()[1]
    assert again[2] == piece()[2]


def test_another_seed_is_another_piece() -> None:
    other = working.compose(PROMPT, seed=8, seconds=12)
    assert other[1] != piece()[1]


def test_the_outline_follows_the_sound() -> None:
    said, wav, _ = piece()
    peaks = said["peaks"]
    assert len(peaks) == 240
    assert max(peaks) == 100
    assert peaks[-1] < 20
    read_back = working.outline(wav)
    assert read_back["duration_ms"] == 12_000
    assert np.allclose(read_back["peaks"], peaks, atol=2)


def test_the_outline_of_what_is_no_sound_is_empty() -> None:
    assert working.outline(b"OggS" + bytes(200)) == {}


def test_a_page_of_ogg_has_the_checksum_that_its_reader_wants() -> None:
    ogg = piece()[2]
    moved = with_serial(ogg, 77)
    assert moved != ogg
    assert moved[14:18] == (77).to_bytes(4, "little")
    assert with_serial(moved, 1) == ogg
    assert checksum(b"123456789") == 0x89A1897F


def test_a_composer_is_stopped_when_it_shall_not_go_on() -> None:
    class Enough(Exception):
        pass

    def check() -> None:
        raise Enough

    with pytest.raises(Enough):
        working.compose(PROMPT, seed=1, seconds=300, check=check)


# --- words ----------------------------------------------------------------------------------


def test_words_say_tempo_key_metre_and_mood() -> None:
    plan = read("An epic battle in F# minor, 3/4, at 96 BPM", 1, 60)
    assert (plan.mood.name, plan.tempo, plan.beats) == ("epic", 96, 3)
    assert plan.key == "F♯ minor"
    assert read("a sad song in Bb major", 1, 60).key == "B♭ major"
    assert read("a slow waltz", 1, 60).beats == 3


def test_the_mood_chooses_the_scale_and_the_tempo() -> None:
    for mood in MOODS:
        plan = read(f"something {mood.words[0]}", 3, 60)
        assert plan.mood is mood
        assert plan.scale == mood.scale
        assert mood.tempo[0] <= plan.tempo <= mood.tempo[1]


def test_slow_is_slower_than_fast() -> None:
    assert read("a slow happy tune", 1, 60).tempo < read("a quick happy tune", 1, 60).tempo


# --- notes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", [mood.words[0] for mood in MOODS])
def test_every_piece_has_melody_harmony_bass_and_percussion_in_its_scale(mood: str) -> None:
    plan, score = score_of(f"a {mood} piece")
    assert {"melody", "pad", "bass"} <= score.voices.keys()
    assert score.voices.keys() - MELODIC
    allowed = {(plan.tonic + step) % 12 for step in plan.steps}
    for voice in MELODIC & score.voices.keys():
        assert {note.pitch % 12 for note in score.voices[voice]} <= allowed
    assert len(score.voices["melody"]) > 20
    assert len({note.pitch for note in score.voices["melody"]}) >= 5


def test_a_piece_has_phrases_that_come_back_and_some_that_do_not() -> None:
    plan, score = score_of("a happy piece at 120 bpm")
    assert score.form == "iAABACAo"
    first, second, other = (_rhythm(plan, score, index) for index in (1, 2, 3))
    assert first[:1] == second[:1]
    assert first != other


def test_what_comes_back_is_varied() -> None:
    plan, score = score_of("a happy piece at 120 bpm")
    again = [index for index, letter in enumerate(score.form) if letter == "A"]
    sung = [tuple(_pitches(plan, score, index)) for index in again]
    assert len(set(sung)) > 1


def test_a_piece_ends_at_home() -> None:
    for seed in range(5):
        plan, score = score_of("a sad piece in A minor", seed=seed)
        last = max(score.voices["bass"], key=lambda note: note.start)
        assert NAMES[last.pitch % 12] == "A"
        assert max(score.voices["melody"], key=lambda note: note.start).pitch % 12 == plan.tonic


@pytest.mark.parametrize("seconds", [5, 7.5, 20, 61, 300])
def test_a_piece_of_any_length_is_filled_to_its_end(seconds: float) -> None:
    plan, score = score_of("an energetic piece", seconds)
    end = max(note.start + note.length for notes in score.voices.values() for note in notes)
    assert end * 60 / plan.tempo >= seconds - plan.bar
    assert sum(len(phrase.chords) for phrase in score.phrases) == score.bars
    assert len(score.form) == -(-score.bars // PHRASE)


def _of(plan: Plan, score: Score, phrase: int) -> list[Any]:
    start = phrase * PHRASE * plan.beats
    end = start + PHRASE * plan.beats
    return [note for note in score.voices["melody"] if start <= note.start < end]


def _rhythm(plan: Plan, score: Score, phrase: int) -> list[float]:
    start = phrase * PHRASE * plan.beats
    return [note.start - start for note in _of(plan, score, phrase)]


def _pitches(plan: Plan, score: Score, phrase: int) -> list[int]:
    return [note.pitch for note in _of(plan, score, phrase)]
