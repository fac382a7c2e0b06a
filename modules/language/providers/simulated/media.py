"""What the simulated model answers to the language module: worked out from the text itself."""

import re
from collections import Counter
from typing import Any

from modules.language.providers.simulated.words import WORD, keywords, stem

_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[\"“(]?[A-ZÄÖÜÀ-Ý0-9])|\n{2,}|\n(?=[-*#])")
_COUNTS = {"sentence": 1, "short": 3, "long": 12, "bullets": 6}


def answer_to(operation: str, given: dict[str, Any]) -> str:
    """The answer to an operation of the language module."""
    return _ANSWERS[operation](given)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text without the signs of Markdown."""
    parts = (re.sub(r"^[\s#>*\-]+", "", part).strip() for part in _SENTENCE.split(text))
    return [" ".join(part.split()) for part in parts if len(part.split()) > 2] or [
        " ".join(text.split())
    ]


def summary(given: dict[str, Any]) -> str:
    """The sentences that hold most of the words that the text uses most, in their order."""
    found = sentences_of(given["text"])
    wanted = set(keywords(given.get("focus") or ""))
    counts = Counter(stem(word.group().lower()) for word in WORD.finditer(given["text"]))

    def weight(place: int) -> float:
        words = keywords(found[place])
        told = sum(counts[word] + (20 if word in wanted else 0) for word in words)
        return told / (len(words) + 4) + (1.5 if place == 0 else 0)

    best = sorted(range(len(found)), key=lambda place: (-weight(place), place))
    chosen = [found[place] for place in sorted(best[: _COUNTS[given["length"]]])]
    if given["length"] == "bullets":
        return "\n".join(f"- {one}" for one in chosen)
    return " ".join(chosen)


_ANSWERS = {"language.summarise": summary}
