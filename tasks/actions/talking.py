"""What is said about a task."""

import re
from collections.abc import Sequence

from django.utils import timezone

from accounts.models import Actor
from accounts.roles import require
from activity.log import HOP_LIMIT, origin, record, verb
from agents import runs
from agents.models import Run
from agents.people import stewards
from core.clock import Now
from core.errors import Conflict, Forbidden, Invalid
from core.statements import insert
from tasks.actions.common import one_of, wake_actors
from tasks.models import Mention, Message, Reaction, Task

# What goes on behind a colon is the key of a session, such as @agent:qa:main.
MENTION = re.compile(r"(?<![\w@/`])@([a-z0-9][a-z0-9_-]{0,38})(?![\w-]|:\w)", re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
MAX_BODY = 20_000
SIGNS = ("👍", "👎", "❤️", "🎉", "👀", "🚀", "✅", "❓")


@verb
def post_message(
    *,
    actor: Actor,
    task: Task,
    body: str,
    kind: str = Message.Kind.COMMENT,
    reply_to: Message | None = None,
    asked: Actor | None = None,
    simulated: bool = False,
) -> Message:
    """Say something in a task's thread. Whoever is mentioned is told, and woken if an agent.

    Raises Invalid when somebody is mentioned whom nobody knows. An answer closes the
    question it replies to and lets the run that asked it go on.
    """
    require(actor, "comment")
    body = _body(body)
    one_of(kind, Message.Kind.values, field="kind")
    if reply_to is not None and reply_to.task_id != task.pk:
        raise Invalid("That message belongs to another task.", field="reply_to")
    mentioned = find_mentioned(actor, body)
    message = Message(
        workspace_id=task.workspace_id,
        task=task,
        author=actor,
        kind=kind,
        body=body,
        reply_to=reply_to,
        asked=asked if kind == Message.Kind.QUESTION else None,
        simulated=simulated,
    )
    insert([message])
    told = {other.pk: other for other in [*mentioned, *([asked] if asked else [])]}
    _write_mentions(actor, message, list(told.values()))
    record(
        actor=actor,
        verb="message.posted",
        message=f"{_VERBS[kind]} {task.key}: {_excerpt(body)}",
        task=task,
        data={"message": str(message.pk), "kind": kind},
        notify={
            "mention": mentioned,
            "question": [asked] if asked and kind == Message.Kind.QUESTION else [],
        },
    )
    if kind == Message.Kind.ANSWER:
        _close_question(actor, task, reply_to, body)
    return message


@verb
def ask(
    *, actor: Actor, task: Task, question: str, whom: Actor | None = None, simulated: bool = False
) -> Message:
    """Ask somebody about a task: whoever is named, else its creator, else a steward."""
    asked = whom or _whom_to_ask(actor, task)
    return post_message(
        actor=actor,
        task=task,
        body=question,
        kind=Message.Kind.QUESTION,
        asked=asked,
        simulated=simulated,
    )


@verb
def answer(*, actor: Actor, question: Message, body: str) -> Message:
    """Answer a question; the run that waits for it goes on."""
    if question.kind != Message.Kind.QUESTION:
        raise Invalid("That message is no question.", field="question")
    return post_message(
        actor=actor,
        task=question.task,
        body=body,
        kind=Message.Kind.ANSWER,
        reply_to=question,
    )


@verb
def edit_message(*, actor: Actor, message: Message, body: str) -> Message:
    """Change one's own words. Nobody is woken a second time."""
    require(actor, "comment")
    if message.author_id != actor.pk:
        raise Forbidden("Only its author can change a message.")
    body = _body(body)
    find_mentioned(actor, body)
    Message.objects.filter(pk=message.pk).update(body=body, edited_at=Now())
    message.refresh_from_db()
    record(
        actor=actor,
        verb="message.edited",
        message=f"changed a message on {message.task.key}",
        task=message.task,
        data={"message": str(message.pk)},
    )
    return message


@verb
def react(*, actor: Actor, message: Message, sign: str) -> bool:
    """Put one's sign under a message, or take it away again. Returns whether it is there now."""
    require(actor, "comment")
    one_of(sign, SIGNS, field="sign")
    removed, _ = Reaction.objects.filter(message=message, actor=actor, sign=sign).delete()
    if not removed:
        Reaction.objects.create(message=message, actor=actor, sign=sign)
    record(
        actor=actor,
        verb="message.reacted",
        message=f"{'took back' if removed else 'put'} {sign} on {message.task.key}",
        task=message.task,
        data={"message": str(message.pk), "sign": sign},
    )
    return not removed


def find_mentioned(actor: Actor, body: str) -> list[Actor]:
    """Everyone a text mentions outside of code. Raises Invalid for a handle nobody has."""
    handles = {found.lower() for found in MENTION.findall(CODE.sub(" ", body))}
    if not handles:
        return []
    known = {
        other.handle: other
        for other in Actor.objects.filter(workspace=actor.workspace_id, handle__in=handles)
    }
    unknown = sorted(handles - known.keys())
    if unknown:
        raise Invalid(
            f"There is nobody called @{unknown[0]} here.",
            field="body",
            code="unknown_handle",
            details={"unknown": unknown},
        )
    return [other for other in known.values() if other.active and other.pk != actor.pk]


_VERBS: dict[str, str] = {
    Message.Kind.COMMENT: "commented on",
    Message.Kind.STATUS: "reported on",
    Message.Kind.QUESTION: "asked about",
    Message.Kind.ANSWER: "answered on",
}


def _write_mentions(actor: Actor, message: Message, told: Sequence[Actor]) -> None:
    """Mentions of agents are work for them, unless the chain of waking has grown too long."""
    hops = origin().hops + 1 if actor.is_agent else 0
    tired = hops >= HOP_LIMIT
    if not told:
        return
    Mention.objects.bulk_create(
        Mention(
            message=message,
            actor=other,
            hops=hops,
            handled_at=timezone.now() if tired or not other.is_agent else None,
        )
        for other in told
    )
    if not tired:
        wake_actors(told, f"was mentioned in {message.task.key}")


def _close_question(actor: Actor, task: Task, question: Message | None, body: str) -> None:
    if question is None or question.kind != Message.Kind.QUESTION:
        return
    closed = Message.objects.filter(pk=question.pk, answered_at=None).update(answered_at=Now())
    if not closed:
        return
    Mention.objects.filter(message=question, actor=actor, handled_at=None).update(handled_at=Now())
    waiting = Run.objects.filter(
        task=task, agent__actor=question.author_id, state=Run.State.WAITING, wait_for="answer"
    )
    for run_id in list(waiting.values_list("pk", flat=True)):
        note = f"@{actor.handle} answers your question “{_excerpt(question.body)}”:\n\n{body}"
        runs.resume_run(run_id, note=note, wait_for="answer")


def _whom_to_ask(actor: Actor, task: Task) -> Actor:
    if task.creator_id != actor.pk and task.creator.active and task.creator.kind != "system":
        return task.creator
    people = [person for person in stewards(task.workspace_id) if person.pk != actor.pk]
    if not people:
        raise Conflict("There is nobody to ask.", code="nobody_to_ask")
    return people[0]


def _body(body: str) -> str:
    body = body.strip()
    if not body:
        raise Invalid("A message needs words.", field="body")
    if len(body) > MAX_BODY:
        raise Invalid(f"A message has {MAX_BODY:,} characters at most.", field="body")
    if "\x00" in body:
        raise Invalid("A message is text without NUL characters.", field="body")
    return body


def _excerpt(body: str) -> str:
    flat = " ".join(body.split())
    return flat if len(flat) <= 120 else f"{flat[:117]}…"
