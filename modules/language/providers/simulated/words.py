"""Words, as far as one needs to understand them to find a criterion in a document."""

import hashlib
import re
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*", re.UNICODE)
_ENDINGS = ("ations", "ation", "ings", "ing", "ions", "ion", "ers", "ies", "ied", "ed", "es", "s")
_STOP = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "down",
        "during",
        "each",
        "few",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "like",
        "make",
        "makes",
        "may",
        "me",
        "more",
        "most",
        "must",
        "my",
        "need",
        "needs",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "per",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "use",
        "used",
        "uses",
        "using",
        "very",
        "via",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "etc",
    ]
)


def stem(word: str) -> str:
    """The part of a word that its forms share, roughly: `tests`, `tested`, `testing` → `test`."""
    word = word.lower().rstrip("'’")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) > 4 else word


def keywords(text: str) -> list[str]:
    """Stems of the words that carry meaning, each once, in order."""
    words = (match.group().lower() for match in WORD.finditer(text))
    return list(dict.fromkeys(stem(word) for word in words if word not in _STOP and len(word) > 1))


def key_terms(text: str) -> list[str]:
    """The words themselves that carry meaning, each once, in order."""
    return coverage(text, "")[1]


def coverage(wanted: str, text: str) -> tuple[float, list[str]]:
    """Which part of the keywords of `wanted` is in `text`, and the words that are missing."""
    words = {stem(match.group()): match.group() for match in WORD.finditer(wanted)}
    sought, found = keywords(wanted), set(keywords(text))
    missing = [word for word in sought if word not in found]
    share = 1 - len(missing) / len(sought) if sought else 1.0
    return share, [words[word] for word in missing]


def pick(choices: Sequence[T], *seeds: str) -> T:
    """One of the choices, always the same one for the same seeds."""
    return choices[number(*seeds) % len(choices)]


def turn(choices: Sequence[T], position: int) -> T:
    """One after the other, so that neighbours differ."""
    return choices[position % len(choices)]


def number(*seeds: str) -> int:
    """A number that looks random and is not."""
    return int.from_bytes(hashlib.sha256("\x1f".join(seeds).encode()).digest()[:6], "big")


def sentences(text: str, most: int) -> str:
    """The first sentences of a text on one line, without Markdown's marks."""
    flat = re.sub(r"[*_`>#]+|^\s*[-+]\s+", " ", text, flags=re.M)
    found = re.split(r"(?<=[.!?])\s+", " ".join(flat.split()))
    return " ".join(found[:most]).strip()


def clipped(text: str, most: int) -> str:
    """The text on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def lower_first(text: str) -> str:
    """For use inside a sentence; names and abbreviations keep their capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def joined(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
