"""A work run: read what came before, write the deliverable, tick, tell, hand in for review."""

import re

from modules.language.providers.simulated import drafting
from modules.language.providers.simulated.scene import Answer, Scene
from modules.language.providers.simulated.toolbox import Planned
from modules.language.providers.simulated.troubles import explain
from modules.language.providers.simulated.words import clipped

_VAGUE = re.compile(r"\bTBD\b|\?\?\?")
_ANSWER = re.compile(r"^\s*[-*]?\s*@[\w-]+ \(answer\):\s*(.+)$", re.M)


def work(scene: Scene) -> Answer:
    """The next turn of a task that is being worked on."""
    answers = _answers(scene)
    if _is_unclear(scene) and not answers and scene.can("ask"):
        return _ask(scene)
    if reading := _read_first(scene):
        return reading
    if scene.is_open("write_document"):
        return _write(scene, answers)
    if stuck := scene.given_up("write_document"):
        return explain(stuck, "write the document")
    if telling := _tick_and_tell(scene):
        return telling
    if handing_in := _hand_in(scene):
        return handing_in
    if stuck := scene.given_up("submit_for_review"):
        return explain(stuck, "hand this in for review")
    return Answer(f"“{scene.brief.title}” is written and handed in. (Simulated model.)")


def _is_unclear(scene: Scene) -> bool:
    """Nothing to go by but a title that says next to nothing."""
    brief = scene.brief
    if brief.section("description") or brief.requirements:
        return False
    return len(brief.title.split()) < 4 or bool(_VAGUE.search(brief.title))


def _answers(scene: Scene) -> str:
    """What was answered: in the thread, in a result, or by a note that came after the question."""
    found = _ANSWER.findall(scene.brief.section("thread"))
    if scene.done("ask"):
        found += scene.notes
        found += [str(one.data["answer"]) for one in scene.done("ask") if one.data.get("answer")]
    return " ".join(found).strip()


def _ask(scene: Scene) -> Answer:
    if scene.done("ask"):
        return Answer("I have asked and go on as soon as there is an answer. (Simulated model.)")
    title = scene.brief.title or scene.brief.number
    question = (
        f"“{title}” has no description and no criteria yet. What should exist when it is done, "
        "and how will you tell that it is good?"
    )
    return Answer(
        "There is too little to go by, and guessing would waste everybody's time. I ask.",
        (scene.tools.plan("ask", question=question, task=scene.brief.number),),
    )


def _read_first(scene: Scene) -> Answer | None:
    """What earlier tasks wrote, our own document if it was sent back, and the shared state."""
    if scene.exchanges and scene.turn > 1 + bool(scene.done("ask")):
        return None
    calls = [
        scene.tools.plan("read_document", document=document)
        for document, _ in _predecessors(scene) + _own_documents(scene)
        if scene.can("read_document") and not _was_read(scene, document)
    ]
    if scene.is_open("read_working_state"):
        calls.append(scene.tools.plan("read_working_state"))
    if not calls:
        return None
    if scene.brief.section("sent back"):
        return Answer(
            "This came back from the review. I read the reason and my text.", tuple(calls)
        )
    if len(calls) > 1:
        return Answer("I read what the tasks before this one have left.", tuple(calls))
    return Answer("First I look at where things stand.", tuple(calls))


def _predecessors(scene: Scene) -> list[tuple[str, str]]:
    return scene.brief.documents("dependencies")[:4]


def _own_documents(scene: Scene) -> list[tuple[str, str]]:
    """What this task has brought forth so far; of use only when it was sent back."""
    if not scene.brief.section("sent back"):
        return []
    return scene.brief.documents("evidence", "documents", "sent back", "thread")[:1]


def _was_read(scene: Scene, document: str) -> bool:
    return any(
        one.call.name == "read_document" and document in str(one.call.arguments.values())
        for one in scene.exchanges
    )


def _write(scene: Scene, answers: str) -> Answer:
    brief, own = scene.brief, _own_documents(scene)
    if own:
        return _revise(scene, own[0][0])
    titles = dict(_predecessors(scene))
    sources = [
        (titles[document] or str(one.data.get("title") or "an earlier document"), one.text)
        for document in titles
        for one in scene.done("read_document")
        if document in str(one.call.arguments.values())
    ]
    plan = scene.tools.plan(
        "write_document",
        title=brief.title,
        content=drafting.draft(brief, sources=sources, answers=answers),
        kind=drafting.kind_of(brief),
        task=brief.number,
    )
    return Answer(f"Now I write it down: {clipped(brief.title, 100)}.", (plan,))


def _revise(scene: Scene, document: str) -> Answer:
    brief = scene.brief
    read = [
        one for one in scene.done("read_document") if document in str(one.call.arguments.values())
    ]
    points = drafting.named_points(brief)
    before = read[-1].text if read and read[-1].whole else drafting.draft(brief, sources=[])
    points = drafting.untreated(points, before) or points
    plan = scene.tools.plan(
        "write_document",
        document=document,
        title=brief.title,
        content=drafting.revise(before, brief, points, brief.section("sent back")),
        kind=drafting.kind_of(brief),
        task=brief.number,
    )
    what = f"“{clipped(points[0], 80)}”" if points else "the remarks"
    return Answer(f"The review is right about {what}. I add what was missing.", (plan,))


def _tick_and_tell(scene: Scene) -> Answer | None:
    """Both in one answer: neither waits for the other."""
    brief, calls = scene.brief, []
    ticking = scene.tools.parameter("update_task", "checklist")
    if brief.checklist and ticking and scene.is_open("update_task"):
        calls.append(scene.tools.plan("update_task", task=brief.number, checklist=brief.checklist))
    if scene.is_open("post_message"):
        calls.append(_status(scene))
    if not calls:
        return None
    return Answer("The text stands; I tick off what it covers and tell the others.", tuple(calls))


def _status(scene: Scene) -> Planned:
    brief = scene.brief
    covered = len(brief.checklist) + len(brief.criteria)
    treats = f"It treats {covered} points, each in its own section." if covered else ""
    verb = "Revised" if _own_documents(scene) else "Wrote"
    body = f"{verb} “{brief.title}”. {treats} It goes to review now. (Simulated model.)"
    return scene.tools.plan(
        "post_message", task=brief.number, body=" ".join(body.split()), kind="status_update"
    )


def _hand_in(scene: Scene) -> Answer | None:
    brief, written = scene.brief, scene.done("write_document")
    evidence = [one.find_id() for one in written if one.find_id()]
    evidence = evidence or [document for document, _ in _own_documents(scene)]
    what = "revised after the review" if brief.section("sent back") else "written"
    points = len(brief.checklist) + len(brief.criteria)
    are = "1 point is" if points == 1 else f"{points} points are"
    treated = f": {are} treated in the document" if points else ""
    summary = f"“{brief.title}” is {what}{treated}."
    if scene.is_open("submit_for_review"):
        plan = scene.tools.plan(
            "submit_for_review", task=brief.number, summary=summary, evidence=evidence
        )
        return Answer("Ready for somebody else's eyes.", (plan,))
    if "submit_for_review" not in scene.tools and scene.is_open("finish"):
        return Answer("That is all.", (scene.tools.plan("finish", summary=summary),))
    return None
