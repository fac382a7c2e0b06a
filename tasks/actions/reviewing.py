"""The gate before done: evidence, a second look, and the way back."""

from collections.abc import Sequence
from typing import Any, TypedDict

from accounts.models import Actor
from accounts.roles import require
from activity.log import origin, record, verb
from agents.people import stewards
from core.clock import Now
from core.errors import Conflict, Forbidden, Invalid
from documents.models import Document
from tasks.actions.common import change, lock, one_of, wake_actors
from tasks.actions.progress import after_done, choose_reviewer, roll_up
from tasks.models import Attachment, Evidence, Review, Task

MAX_SENT_BACK = 3
VERDICTS = {"approve": Review.Verdict.APPROVED, "send_back": Review.Verdict.SENT_BACK}


class Checked(TypedDict):
    """One acceptance criterion as a reviewer found it."""

    criterion: str
    met: bool
    where: str


@verb
def add_evidence(
    *,
    actor: Actor,
    task: Task,
    summary: str,
    document: Document | None = None,
    attachment: Attachment | None = None,
    kind: str = "",
) -> Evidence:
    """Put forward what shows that a task is done: a document, a file, a check, a statement."""
    require(actor, "work")
    homes = {
        *([document.workspace_id] if document else []),
        *([attachment.message.workspace_id] if attachment else []),
    }
    if homes - {task.workspace_id}:
        raise Invalid("There is no such thing in this workspace.", field="evidence")
    if document is not None:
        if document.private:
            raise Invalid(
                f"“{document.title}” is private, and evidence is for all to read.", field="evidence"
            )
        kind = Evidence.Kind.DOCUMENT
        known = task.evidence.filter(document=document, document_version=document.version).first()
        if known is not None:
            return known
    elif attachment is not None:
        kind = Evidence.Kind.FILE
    evidence = Evidence.objects.create(
        task=task,
        kind=one_of(kind or Evidence.Kind.STATEMENT, Evidence.Kind.values, field="kind"),
        document=document,
        document_version=document.version if document else None,
        attachment=attachment,
        summary=summary.strip()[:500] or (document.title if document else ""),
        submitted_by=actor,
    )
    record(
        actor=actor,
        verb="task.evidence_added",
        message=f"put forward evidence for {task.key}: {evidence.summary}",
        task=task,
        document=document,
        data={"kind": evidence.kind},
    )
    return evidence


def stands_on(document: Document) -> str:
    """Why a document must stay open: the task that it is evidence of, in words; else empty."""
    found = Evidence.objects.filter(document=document).select_related("task").first()
    return f"It is evidence of {found.task.key}, which all may read." if found else ""


@verb
def submit_for_review(
    *,
    actor: Actor,
    task: Task,
    summary: str = "",
    documents: Sequence[Document] = (),
    reviewer: Actor | None = None,
) -> Task:
    """Hand in finished work. Goes to the reviewing agent with the least to do, else to a person.

    Agents must bring evidence; a person's word is evidence too, and is kept as such.
    """
    require(actor, "work")
    task = lock(task)
    if task.status == Task.Status.DONE:
        raise Conflict(f"{task.key} is done already.", code="task_done")
    if task.status == Task.Status.REVIEW:
        raise Conflict(f"{task.key} is in review already.", code="in_review")
    if actor.is_agent and not task.assignments.filter(actor=actor).exists():
        raise Forbidden(f"{task.key} is not assigned to you.", code="not_assignee")
    for document in documents:
        add_evidence(actor=actor, task=task, summary=document.title, document=document)
    if not task.evidence.exists():
        if actor.is_agent:
            raise Invalid(
                "Bring evidence: write a document about the result and name it.", field="evidence"
            )
        add_evidence(
            actor=actor, task=task, summary=summary or f"@{actor.handle} says that it is finished."
        )
    chosen = reviewer or _reviewer(task)
    task = change(
        task,
        status=Task.Status.REVIEW,
        moved_at=Now(),
        reviewer=chosen,
        failures=0,
        retry_at=None,
    )
    record(
        actor=actor,
        verb="task.submitted",
        message=f"handed in {task.key} {task.title}" + (f": {summary}" if summary else ""),
        task=task,
        data={"to": task.status, "reviewer": str(chosen.pk) if chosen else None},
        notify={"review": [chosen] if chosen else stewards(task.workspace_id)},
    )
    if chosen is not None:
        wake_actors([chosen], f"{task.key} is to be reviewed")
    if task.parent is not None:
        roll_up(task.parent)
    return task


@verb
def review_task(
    *,
    actor: Actor,
    task: Task,
    verdict: str,
    reason: str = "",
    checked: Sequence[Checked] = (),
) -> Task:
    """Let work through, or send it back with a reason; the evidence looked at is kept.

    Nobody reviews their own work but a person. The third time it is sent back the task is
    blocked, and a person is asked.
    """
    require(actor, "review")
    ruling = VERDICTS[one_of(verdict, VERDICTS, field="verdict")]
    task = lock(task)
    if task.status != Task.Status.REVIEW:
        raise Conflict(f"{task.key} is not in review.", code="not_in_review")
    if actor.is_agent and task.assignments.filter(actor=actor).exists():
        raise Forbidden("Nobody reviews their own work.", code="own_work")
    evidence = list(task.evidence.all())
    if ruling == Review.Verdict.APPROVED and not evidence:
        raise Invalid("There is no evidence to approve.", field="evidence")
    if ruling == Review.Verdict.SENT_BACK and not reason.strip():
        raise Invalid("Say what is missing.", field="reason")
    review = Review.objects.create(
        task=task,
        reviewer=actor,
        verdict=ruling,
        reason=reason.strip(),
        checked=list(checked),
        run_id=origin().run_id,
    )
    review.evidence.set(evidence)
    if ruling == Review.Verdict.APPROVED:
        return _approve(actor, task, review, len(evidence))
    return _send_back(actor, task, review)


def _approve(actor: Actor, task: Task, review: Review, pieces: int) -> Task:
    met = {item["criterion"]: item for item in review.checked}
    criteria = [
        {**item, "met": True, "where": met.get(item["text"], {}).get("where", item["where"])}
        for item in task.criteria
    ]
    task = change(
        task,
        status=Task.Status.DONE,
        moved_at=Now(),
        done_at=Now(),
        criteria=criteria,
        blocked_at=None,
        blocked_reason="",
        blocked_on=None,
    )
    record(
        actor=actor,
        verb="task.done",
        message=f"approved {task.key} {task.title}",
        task=task,
        data={"to": task.status, "evidence": pieces, "reason": review.reason[:200]},
    )
    after_done(task)
    return task


def _send_back(actor: Actor, task: Task, review: Review) -> Task:
    count = task.sent_back + 1
    enough = count >= MAX_SENT_BACK
    people = stewards(task.workspace_id)
    values: dict[str, Any] = {}
    if enough:
        values = {
            "blocked_at": Now(),
            "blocked_reason": f"Sent back {count} times. Last reason: {review.reason}"[:300],
            "blocked_on": people[0] if people else None,
        }
    task = change(task, status=Task.Status.IN_PROGRESS, moved_at=Now(), sent_back=count, **values)
    record(
        actor=actor,
        verb="task.sent_back",
        message=f"sent back {task.key} {task.title}: {review.reason}",
        task=task,
        data={"to": task.status, "times": count, "blocked": enough},
        notify={"blocked": people} if enough else None,
    )
    if not enough:
        wake_actors(task.assignees.all(), f"{task.key} was sent back")
    return task


def _reviewer(task: Task) -> Actor | None:
    agent = choose_reviewer(task)
    if agent is not None:
        return agent.actor
    people = stewards(task.workspace_id)
    return people[0] if people else None
