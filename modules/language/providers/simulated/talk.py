"""Answering people in a thread where the agent was mentioned."""

import re

from modules.language.providers.simulated.scene import Answer, Brief, Scene
from modules.language.providers.simulated.troubles import explain
from modules.language.providers.simulated.words import (
    clipped,
    joined,
    key_terms,
    keywords,
    sentences,
    stem,
)

_SAID = re.compile(r"^\s*(?:[-*]\s+)?@([\w-]+)(?:\s*\(([\w ]+)\))?:\s*", re.M)
_HANDLE = re.compile(r"@([\w-]+)")
# What somebody may want to know of a task.
_PROGRESS = {
    stem(word) for word in ["when", "status", "far", "progress", "done", "ready", "finished", "eta"]
}
_JUDGING = {
    stem(word)
    for word in [
        "criteria",
        "criterion",
        "accept",
        "acceptance",
        "judged",
        "review",
        "check",
        "prove",
    ]
}
_WAITING = {
    stem(word) for word in ["risk", "blocked", "blocker", "problem", "waiting", "wait", "depends"]
}
_PASS_ON = re.compile(r"\b(?:ask|tell|mention|ping|tag|inform|notify)\s+@([\w-]+)", re.I)


def mention(scene: Scene) -> Answer:
    """One answer in the thread; then silence, so that two agents never talk for ever."""
    if stuck := scene.given_up("post_message"):
        return explain(stuck, "answer in the thread")
    if scene.done("post_message"):
        if scene.is_open("finish"):
            summary = f"Answered in the thread of {scene.brief.number}."
            return Answer("That is all.", (scene.tools.plan("finish", summary=summary),))
        return Answer("Answered in the thread. (Simulated model.)")
    words = _reply(scene.brief)
    if "post_message" not in scene.tools:
        return Answer(words)
    plan = scene.tools.plan("post_message", task=scene.brief.number, body=words, kind="answer")
    return Answer("I have read the thread and answer.", (plan,))


def _reply(brief: Brief) -> str:
    message = brief.section("message")
    asked = _HANDLE.sub("", _SAID.sub("", message)).strip(" ,:–—-")
    about = clipped(sentences(asked, 2), 160)
    said = [_on_topic(brief, asked)]
    if about:
        said.insert(0, f"On “{about}”:")
    if other := _PASS_ON.search(message):
        said.append(f"@{other[1]}, this concerns you as well.")
    # Whoever asked is not called again, or two agents would call one another for ever.
    return " ".join([*said, "(Simulated model.)"])


def _on_topic(brief: Brief, asked: str) -> str:
    """What can truly be said, from the sections of the brief."""
    words = {stem(word) for word in re.findall(r"\w+", asked)}
    status = _field(brief.opening, "Status")
    if words & _PROGRESS:
        state = f"it is {status}" if status else "its state is on the card"
        news = _last_word(brief, "status_update")
        return f"{state[:1].upper()}{state[1:]}." + (f" The last news: {news}" if news else "")
    if words & _JUDGING:
        if brief.requirements:
            return (
                f"It is judged by {joined([clipped(item, 80) for item in brief.requirements[:3]])}."
            )
        return "No criteria are written down yet; naming two would help."
    if words & _WAITING:
        waits = brief.items("dependencies")
        return (
            f"It depends on {joined(waits[:3])}." if waits else "I see nothing that it waits for."
        )
    best = _nearest(brief, asked)
    if best:
        return f"The task says this: {clipped(best, 200)}"
    subject = joined(key_terms(asked)[:2])
    return (
        f"The task does not settle {subject or 'that'} yet; I would write it down as a criterion, "
        "so that the review can hold the work against it."
    )


def _nearest(brief: Brief, asked: str) -> str:
    """The sentence of the task that has most in common with the question."""
    wanted = set(keywords(asked))
    told = re.split(r"(?<=[.!?])\s+|\n+", brief.section("description"))
    told += brief.criteria + brief.checklist
    scored = [(len(wanted & set(keywords(one))), one) for one in told if one.strip()]
    score, best = max(scored, key=lambda entry: entry[0], default=(0, ""))
    return best.strip(" -*#") if score >= 2 or (score and len(wanted) <= 2) else ""


def _last_word(brief: Brief, kind: str) -> str:
    lines = re.findall(
        rf"^\s*(?:[-*]\s+)?@[\w-]+ \({kind}\):\s*(.+)$", brief.section("thread"), re.M
    )
    return clipped(_HANDLE.sub(r"\1", lines[-1]), 160) if lines else ""


def _field(text: str, name: str) -> str:
    match = re.search(rf"^\W*{name}\W*:\W*(.+)$", text, re.M)
    return match[1].strip().lower().replace("_", " ") if match else ""
