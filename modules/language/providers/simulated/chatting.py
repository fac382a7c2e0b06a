"""Talking without a task: as helpful as words alone can be, with a look at the board."""

import re

from modules.language.providers.simulated.scene import Answer, Exchange, Scene
from modules.language.providers.simulated.words import (
    clipped,
    joined,
    key_terms,
    pick,
    sentences,
    stem,
)

NOTE = "I am the simulated model: no real model is behind these words."
SHOWN = 6
# Whoever asks with one of these wants to know what there is to do.
_BOARD = {stem(word) for word in ("board", "tasks", "inbox", "blocked", "open", "progress")}
_ALONG = re.compile(
    r"\n*Sent along, (?:the (\w+)|but deleted since:?) “(.+?)”(.*?)(?=\nSent along, |\Z)", re.S
)


def chat(scene: Scene) -> Answer:
    """An answer to the newest words: about the board, what was sent along, or their subject."""
    said = [one.text for one in scene.request.messages if one.role == "user" and one.text.strip()]
    last = said[-1].strip() if said else ""
    if not last:
        return Answer("I am the simulated model. Tell me what you would like to have done.")
    if "ready" in last.lower() and len(last) < 60:
        return Answer("ready")
    asked, along = _ALONG.sub("", last).strip(), _along(last)
    if {stem(word) for word in re.findall(r"\w+", asked)} & _BOARD:
        if scene.is_open("list_tasks"):
            return Answer("I look at the board.", (scene.tools.plan("list_tasks", limit=20),))
        if looked := scene.done("list_tasks"):
            return Answer(f"{_board(looked[-1])}\n\n{NOTE}")
    return Answer(f"{along}{_on_subject(asked or last, said)}\n\n{NOTE}")


def _board(looked: Exchange) -> str:
    tasks = looked.data.get("tasks") or []
    if not tasks:
        return "The board is empty. A good first task says what should exist in the end."
    lines = [
        f"- **{one.get('task')}** {clipped(str(one.get('title')), 90)}: "
        f"{str(one.get('status')).replace('_', ' ')}" + (", blocked" if one.get("blocked") else "")
        for one in tasks[:SHOWN]
    ]
    rest = len(tasks) - SHOWN
    more = f"\n\nAnd {rest} more." if rest > 0 else ""
    return "These were changed last:\n\n" + "\n".join(lines) + more


def _along(last: str) -> str:
    """What came along, by its name, and how a document begins."""
    told = []
    for what, name, rest in _ALONG.findall(last):
        begins = clipped(" ".join(rest.partition("<<<")[2].partition(">>>")[0].split()), 160)
        told.append(
            f"“{name}” begins: “{begins}”" if begins else f"The {what or 'file'} “{name}” is here"
        )
    return f"{joined(told)}. " if told else ""


def _on_subject(last: str, said: list[str]) -> str:
    topic = clipped(sentences(last, 1), 140)
    names = key_terms(last)
    opening = pick(("You speak of", "This is about", "As I understand you, this concerns"), last)
    first = f"{opening} “{topic}”."
    body = pick(
        (
            (
                "A good beginning is to say what should exist in the end and how you will tell "
                "that it is good; from that a task with two or three criteria is quickly written."
            ),
            (
                "I would cut it into a part that can be seen this week and a part that can wait, "
                "and put the first on the board."
            ),
            (
                "Three things decide it: who needs it, what is the smallest version that helps "
                "them, and what would show that it works."
            ),
        ),
        last,
        "body",
    )
    before = clipped(_ALONG.sub("", said[-2]).partition("\n")[0], 60) if len(said) > 1 else ""
    more = f" We spoke of {before} before; I keep that in mind." if before else ""
    close = f" Ask me for a plan on {joined(names[:2])} and I write one." if names else ""
    return f"{first} {body}{more}{close}"
