"""Runs of this room: an agent's answer in a conversation, and the summary of an older part."""

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agents.handlers import Brief, WorkItem, register
from agents.listening import listen_to
from agents.live import thread_group
from agents.models import Agent, Run
from agents.privacy import threads_belong
from conversations import files, prompts, words
from conversations.models import Conversation, Turn
from conversations.parts import parts_of, words_of
from conversations.privacy import Conversations
from core.clock import Now, db_now
from core.publishing import publish
from core.queueing import enqueue

CHAT, RECAP = "chat", "recap"
STATES = {
    Run.State.SUCCEEDED: Turn.State.DONE,
    Run.State.CANCELLED: Turn.State.CANCELLED,
}


class ChatHandler:
    """An agent answers a person."""

    kind = CHAT
    tools: Collection[str] = (
        "list_tasks",
        "create_task",
        "update_task",
        "post_message",
        "search_documents",
        "read_document",
        "read_template",
        "write_document",
        "write_whitepaper",
        "read_working_state",
        # What to do with pictures that came along, and what to make.
        "describe_image",
        "read_image",
        "ask_about_image",
        "compare_images",
        "find_in_image",
        "generate_image",
        "generate_music",
    )

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        """Nothing: whoever writes queues the answer."""
        return []

    def interest(self) -> Q:
        return Q(pk__in=[])

    def brief(self, run: Run) -> Brief:
        turn = Turn.objects.get(pk=run.subject["turn"])
        conversation = _conversation(run)
        asked = conversation.turns.filter(index__lt=turn.index, role=Turn.Role.PERSON)
        question = asked.order_by("-index")[0]
        agent = run.agent
        system = prompts.system_text(conversation, agent)
        model = prompts.model_of(conversation, agent)
        room = prompts.room_for_history(model, system, question.content)
        asked_for = files.told(question, most=min(files.TOLD, room // (2 * files.MOST_FILES)))
        room = prompts.room_for_history(model, system, asked_for)
        before = prompts.history(conversation, agent, before=question.index, room=room)
        return Brief(system, asked_for, before)

    def started(self, run: Run) -> None:
        """The page shows it by itself."""

    def ended(self, run: Run) -> None:
        """Store what was said, whole or as far as it came."""
        turn = (
            Turn.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=run.subject["turn"], run=run.pk, state=Turn.State.STREAMING)
            .first()
        )
        if turn is None:
            return
        _settle(turn, run)
        tell(run.thread, turn)
        transaction.on_commit(partial(words.forget, turn.pk), robust=True)
        if turn.state == Turn.State.DONE:
            _keep_summary(_conversation(run), turn.index)


class RecapHandler:
    """An agent sums up what was said long ago, so that it need not be sent each time."""

    kind = RECAP
    tools: Collection[str] = ()

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        """Nothing: it follows from an answer."""
        return []

    def interest(self) -> Q:
        return Q(pk__in=[])

    def brief(self, run: Run) -> Brief:
        first, upto = run.subject["first"], run.subject["upto"]
        return Brief(prompts.RECAP, prompts.recap_brief(_conversation(run), first, upto))

    def started(self, run: Run) -> None:
        """Nobody waits for it."""

    def ended(self, run: Run) -> None:
        text = str(run.outcome.get("text", "")).strip()
        if run.state == Run.State.SUCCEEDED and text:
            rows = Conversation.objects.filter(pk=_conversation(run).pk)
            rows.filter(summary_upto__lt=run.subject["upto"]).update(
                summary=text[:8_000], summary_upto=run.subject["upto"]
            )


def queue(conversation: Conversation, kind: str, agent: Agent | None = None, **values: Any) -> Run:
    """Write the wish that an agent, the first if none is named, does something here."""
    run = Run.objects.create(
        workspace_id=conversation.workspace_id,
        agent=agent or conversation.agent,
        kind=kind,
        thread=conversation.pk,
        enqueued_at=db_now(),
        **values,
    )
    enqueue("agents.jobs.work")
    return run


def tell(thread: object, turn: Turn) -> None:
    """Say, once this is committed, what has become of a turn."""
    message = {
        "type": "thread.turn",
        "turn": str(turn.pk),
        "index": turn.index,
        "state": str(turn.state),
        "problem": turn.problem,
    }
    transaction.on_commit(partial(publish, thread_group(thread), message), robust=True)


def _settle(turn: Turn, run: Run) -> None:
    steps = list(run.steps.order_by("index"))
    parts = parts_of(steps)
    turn.state = STATES.get(Run.State(run.state), Turn.State.FAILED)
    if turn.state != Turn.State.DONE:
        heard = words.so_far(turn.pk)
        if heard and heard.text and heard.step == len(steps):
            parts.append({"kind": "text", "text": heard.text})
    figures = Run.objects.values("input_tokens", "output_tokens", "cost", "simulated")
    for name, value in figures.get(pk=run.pk).items():
        setattr(turn, name, value)
    replies = [step for step in steps if step.input_tokens or step.output_tokens]
    if replies:
        turn.context_tokens = replies[-1].input_tokens + replies[-1].output_tokens
    turn.parts, turn.content = parts, words_of(parts)
    turn.problem = run.reason if turn.state == Turn.State.FAILED else ""
    turn.ended_at = db_now()
    turn.save()
    Conversation.objects.filter(pk=turn.conversation_id).update(updated_at=Now())


def _keep_summary(conversation: Conversation, last: int) -> None:
    due = prompts.due_for_summary(conversation, last)
    if due is None:
        return
    first, upto = due
    if prompts.model_of(conversation).simulated:
        conversation.summary = prompts.digest(conversation, first, upto)
        conversation.summary_upto = upto
        conversation.save(update_fields=["summary", "summary_upto"])
    elif not Run.objects.live().filter(thread=conversation.pk, kind=RECAP).exists():
        reason = "a conversation has grown long"
        queue(conversation, RECAP, subject={"first": first, "upto": upto}, wake_reason=reason)


def _conversation(run: Run) -> Conversation:
    rows = Conversation.objects.select_related("workspace", "owner", "agent__actor", "agent__model")
    assert run.thread is not None
    return rows.get(pk=run.thread)


def register_all() -> None:
    """Make the kinds of runs of this room known. Called once, when the house opens."""
    register(ChatHandler())
    register(RecapHandler())
    listen_to(CHAT, words.Words)
    threads_belong(Conversations())
