"""What the simulated model answers to the language module: worked out from the text itself."""

import json
import re
from collections import Counter
from typing import Any

from modules.language.providers.simulated.filling import filled
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


def translation(given: dict[str, Any]) -> str:
    """The text as it is: without a model there is no other language, and it says so."""
    return f"[The simulated model cannot translate into {given['target']}.]\n\n{given['text']}"


def classification(given: dict[str, Any]) -> str:
    """Labels by how many of their words, or words like them, stand in the text."""
    counts = Counter(stem(word.group().lower()) for word in WORD.finditer(given["text"]))

    def score(label: str) -> int:
        return sum(counts[word] for word in keywords(label))

    ranked = sorted(given["labels"], key=lambda label: -score(label))
    fitting = [label for label in ranked if score(label)] or ranked[:1]
    return json.dumps({"labels": fitting if given["several"] else fitting[:1]})


def extraction(given: dict[str, Any]) -> str:
    """An object of the schema, from what can be found in the text by form and by name."""
    return json.dumps(filled(given["schema"], given["text"], ""), ensure_ascii=False)


_TONES: dict[str, list[tuple[str, str]]] = {
    "formal": [
        (r"\bcan't\b", "cannot"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"\bit's\b", "it is"),
        (r"\bI'm\b", "I am"),
        (r"\b(hi|hey)\b", "good day"),
        (r"\bthanks\b", "thank you"),
    ],
    "concise": [(r"\b(really|very|just|quite|basically|actually|simply|in order)\s+", "")],
    "confident": [
        (r"\bI think (that )?", ""),
        (r"\b(maybe|perhaps|possibly|probably)\s+", ""),
        (r"\bmight\b", "will"),
    ],
    "clear": [
        (r"\butili[sz]e\b", "use"),
        (r"\bin order to\b", "to"),
        (r"\bdue to the fact that\b", "because"),
        (r"\bat this point in time\b", "now"),
    ],
    "friendly": [(r"\bgood day\b", "hello"), (r"\bregards\b", "warm regards")],
}


def rewriting(given: dict[str, Any]) -> str:
    """The text with a few turns of phrase exchanged: all that goes without understanding it."""
    said = given["text"].strip()
    for pattern, other in _TONES[given["tone"]]:
        said = re.sub(pattern, other, said, flags=re.IGNORECASE)
    # A sentence whose first word went begins with a capital still.
    return re.sub(r"(^|[.!?]\s+)([a-z])", lambda m: m[1] + m[2].upper(), said)


def drafting_of(given: dict[str, Any]) -> str:
    """The points in the form of what was asked for."""
    points = sentences_of(given["text"])
    body = "\n\n".join(point if point[-1:] in ".!?" else f"{point}." for point in points)
    subject = points[0].rstrip(".!?")[:80]
    greeting = {"friendly": "Hello [name],", "formal": "Dear [name],"}.get(
        given["tone"], "Good day [name],"
    )
    if given["kind"] in ("e-mail", "letter"):
        head = f"Subject: {subject}\n\n" if given["kind"] == "e-mail" else ""
        return f"{head}{greeting}\n\n{body}\n\nKind regards\n[your name]"
    return f"# {subject}\n\n{body}"


def described(given: dict[str, Any]) -> str:
    """What the pixels alone tell of a picture."""
    return facts_in_words(given["facts"][0])


def unread(given: dict[str, Any]) -> str:
    return "[The simulated model cannot read what stands in a picture.]"


def answered(given: dict[str, Any]) -> str:
    return (
        "The simulated model sees only pixels, so it cannot answer that. What they tell: "
        + facts_in_words(given["facts"][0])
    )


def compared(given: dict[str, Any]) -> str:
    """How the pixels of two pictures differ."""
    first, second = given["facts"]
    lighter = "first" if first["brightness"] > second["brightness"] else "second"
    said = [f"First: {facts_in_words(first)}", f"Second: {facts_in_words(second)}"]
    if first["digest"] == second["digest"]:
        said.append("Both have exactly the same pixels.")
    elif abs(first["brightness"] - second["brightness"]) >= 3:
        said.append(f"The {lighter} is brighter.")
    shared = {c["name"] for c in first["colors"]} & {c["name"] for c in second["colors"]}
    said.append(f"They share {', '.join(sorted(shared))}." if shared else "They share no colour.")
    return "\n\n".join(said)


def objects(given: dict[str, Any]) -> str:
    """Areas that stand out from the ground, named by their colour."""
    return json.dumps({"objects": given["facts"][0]["areas"]})


def facts_in_words(facts: dict[str, Any]) -> str:
    """Size, colours and brightness as sentences."""
    wide, high = facts["width"], facts["height"]
    shape = "square" if wide == high else "landscape" if wide > high else "portrait"
    colors = ", ".join(f"{one['name']} ({one['percent']} %)" for one in facts["colors"])
    light = facts["brightness"]
    tone = "dark" if light < 35 else "bright" if light > 65 else "of medium brightness"
    return (
        f"A picture of {wide} × {high} pixels ({shape}). Its main colours: {colors}. "
        f"It is {tone} ({light} % on average)."
    )


_ANSWERS = {
    "language.summarise": summary,
    "language.translate": translation,
    "language.classify": classification,
    "language.extract": extraction,
    "language.rewrite": rewriting,
    "language.draft": drafting_of,
    "vision.describe": described,
    "vision.read": unread,
    "vision.answer": answered,
    "vision.compare": compared,
    "vision.find": objects,
}
