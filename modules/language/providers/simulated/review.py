"""A review run: open the evidence, look for each criterion in it, say where it is met or not."""

import re
from dataclasses import dataclass

from modules.language.providers.simulated.scene import Answer, Exchange, Scene
from modules.language.providers.simulated.troubles import explain
from modules.language.providers.simulated.words import clipped, coverage, joined

# A section speaks of a criterion when it has this part of its key words.
ENOUGH = 0.6
# A document about nothing in particular that is shorter than this (words) is no deliverable.
LEAST_WORDS = 80


@dataclass(frozen=True)
class Finding:
    """Whether a criterion is met, where, and what was missing if not."""

    criterion: str
    met: bool
    where: str
    missing: tuple[str, ...] = ()


def review(scene: Scene) -> Answer:
    """The next turn of a review."""
    if scene.done("review_task"):
        return Answer("The review is written down. (Simulated model.)")
    if stuck := scene.given_up("review_task"):
        return explain(stuck, "give my verdict")
    documents = scene.brief.documents("evidence", "documents")
    unread = [document for document, _ in documents if not _tried(scene, document)]
    if unread and "read_document" in scene.tools:
        calls = [scene.tools.plan("read_document", document=document) for document in unread]
        return Answer("I open what was handed in before I say anything.", tuple(calls))
    if not documents and not scene.brief.items("evidence"):
        return _send_back(scene, [], "There is no evidence: nothing was handed in to look at.")
    return _judge(scene)


def _tried(scene: Scene, document: str) -> bool:
    return any(
        one.call.name == "read_document" and document in str(one.call.arguments.values())
        for one in scene.exchanges
    )


def _judge(scene: Scene) -> Answer:
    read = scene.done("read_document")
    if scene.brief.documents("evidence", "documents") and not read:
        return _send_back(scene, [], "The document that was handed in could not be opened.")
    sections = [section for one in read for section in sections_of(_title(one), one.text)]
    sections += [("the evidence", item) for item in scene.brief.items("evidence")]
    wanted = scene.brief.requirements
    if not wanted:
        return _judge_freely(scene, sections)
    findings = [look_for(criterion, sections) for criterion in wanted]
    failed = [finding for finding in findings if not finding.met]
    if not failed:
        seen = f"All {len(findings)} points are met; I looked each of them up in the document."
        return _approve(scene, findings, seen)
    reasons = [
        f"Not met: “{finding.criterion}”"
        + (f" (nothing on {joined(finding.missing[:4])})." if finding.missing else ".")
        for finding in failed
    ]
    return _send_back(scene, findings, "\n".join(reasons))


def _judge_freely(scene: Scene, sections: list[tuple[str, str]]) -> Answer:
    """Without criteria the title is all there is to hold the work against."""
    title = scene.brief.title
    whole = "\n".join(f"{heading}\n{text}" for heading, text in sections)
    share, missing = coverage(title, whole)
    long_enough = len(whole.split()) >= LEAST_WORDS
    met = share >= ENOUGH and long_enough
    finding = Finding(
        f"It treats “{title}”", met, "the whole document" if met else "", tuple(missing)
    )
    if met:
        return _approve(scene, [finding], "There are no criteria; the text treats what was asked.")
    why = "it is too short to be of use" if share >= ENOUGH else "it speaks of something else"
    return _send_back(scene, [finding], f"There are no criteria, but the text does not do: {why}.")


def look_for(criterion: str, sections: list[tuple[str, str]]) -> Finding:
    """The section that speaks most of a criterion, if one speaks of it enough."""
    best, where = 0.0, ""
    missing = coverage(criterion, "")[1]
    for heading, text in sections:
        share, lacking = coverage(criterion, f"{heading}\n{text}")
        if share > best:
            best, where, missing = share, heading, lacking
    if best >= ENOUGH:
        return Finding(criterion, True, where)
    return Finding(criterion, False, "", tuple(missing))


def sections_of(title: str, text: str) -> list[tuple[str, str]]:
    """(heading, text) of a Markdown document; what it quotes of a review does not count."""
    found: list[tuple[str, list[str]]] = [(title, [])]
    for line in text.splitlines():
        if heading := re.match(r"^#{1,6}\s+(.+?)\s*#*$", line):
            found.append((heading[1], []))
        elif not line.lstrip().startswith(">"):
            found[-1][1].append(line)
    return [(heading, "\n".join(lines)) for heading, lines in found]


def _title(one: Exchange) -> str:
    return str(one.data.get("title") or "the document")


def _approve(scene: Scene, findings: list[Finding], reason: str) -> Answer:
    return _verdict(scene, "approve", findings, reason, "It holds. I approve it.")


def _send_back(scene: Scene, findings: list[Finding], reason: str) -> Answer:
    return _verdict(scene, "send_back", findings, reason, "Something is missing. I send it back.")


def _verdict(
    scene: Scene, verdict: str, findings: list[Finding], reason: str, words: str
) -> Answer:
    if "review_task" not in scene.tools:
        return Answer(f"{words} {reason} (Simulated model.)")
    checked = [
        {
            "criterion": finding.criterion,
            "met": finding.met,
            "where": clipped(finding.where, 120) if finding.met else "nowhere",
        }
        for finding in findings
    ]
    plan = scene.tools.plan(
        "review_task",
        task=scene.brief.number,
        verdict=verdict,
        reason=f"{reason} (Simulated model.)",
        checked=checked,
    )
    return Answer(words, (plan,))
