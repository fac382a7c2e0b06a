"""Saying something to an agent, and what can be done about its answer."""

import re
from collections.abc import Sequence

from django.db.models import Max

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from activity.models import Activity
from agents import runs
from agents.models import Agent, Run
from conversations import company
from conversations.files import Sent, copy, keep
from conversations.handlers import CHAT, queue, tell
from conversations.models import Conversation, Turn, TurnFile
from core.clock import db_now
from core.errors import Conflict, Forbidden, Invalid, NotFound

LONGEST_MESSAGE = 20_000
LONGEST_TITLE = 60
COPIED_AT_ONCE = 500


@verb
def start_conversation(
    *,
    actor: Actor,
    agent: Agent,
    others: Sequence[Agent] = (),
    content: str = "",
    files: Sequence[Sent] = (),
    title: str = "",
) -> Conversation:
    """Begin to talk with an agent, and with `others`; with `content`, say it at once.

    Whom a message mentions answers it, else the first agent. Without a title the first words
    become one.
    """
    require(actor, "comment")
    if not actor.is_person:
        raise Forbidden("Conversations are for people; agents speak in the threads of tasks.")
    company.check(actor, [agent, *others])
    conversation = Conversation.objects.create(
        workspace_id=actor.workspace_id,
        owner=actor,
        agent=agent,
        title=title.strip()[:120],
        updated_at=db_now(),
    )
    company.seat(conversation, others)
    _record(conversation, "started", f"began to talk with {_handles(conversation)}")
    if content.strip():
        send_turn(actor=actor, conversation=conversation, content=content, files=files)
        conversation.refresh_from_db(fields=["title", "updated_at"])
    return conversation


@verb
def gather(*, actor: Actor, conversation: Conversation, others: Sequence[Agent]) -> Conversation:
    """Let these agents, and no others, take part beside the first. What was said stays."""
    conversation = mine(actor, conversation)
    company.check(actor, others)
    company.seat(conversation, others)
    _record(conversation, "gathered", f"talks with {_handles(conversation)}")
    return conversation


@verb
def send_turn(
    *, actor: Actor, conversation: Conversation, content: str, files: Sequence[Sent] = ()
) -> Turn:
    """Say something, with files if there are any. Returns the agent's turn, whose words come
    over the socket."""
    conversation = mine(actor, conversation)
    text = _text(content)
    agent = company.answerer(conversation, text)
    _may_answer(conversation, agent)
    last = conversation.turns.aggregate(last=Max("index"))["last"]
    index = 0 if last is None else last + 1
    said = Turn.objects.create(
        conversation=conversation, index=index, role=Turn.Role.PERSON, content=text
    )
    keep(actor, said, files)
    answer = Turn(
        conversation=conversation,
        index=index + 1,
        role=Turn.Role.AGENT,
        agent=agent if agent.pk != conversation.agent_id else None,
        state=Turn.State.STREAMING,
    )
    if not conversation.title:
        conversation.title = title_of(text)
    conversation.updated_at = db_now()
    conversation.archived_at = None
    conversation.save(update_fields=["title", "updated_at", "archived_at"])
    entry = _record(conversation, "said", f"wrote to @{agent.handle}", agent)
    _ask(conversation, answer, entry)
    tell(conversation.pk, said)
    tell(conversation.pk, answer)
    return answer


@verb
def cancel_turn(*, actor: Actor, turn: Turn) -> Turn:
    """Stop an answer for good. What was said so far is kept."""
    conversation = mine(actor, turn.conversation, hold=False)
    runs_here = Run.objects.filter(thread=conversation.pk, turns=turn)
    run = runs_here.select_related("agent__actor", "task", "workspace").first()
    if run is None or not turn.streaming:
        raise Conflict("This answer is complete already.", code="turn_ended")
    runs.cancel_run(actor=actor, run=run, hold=False)
    turn.refresh_from_db()
    return turn


@verb
def retry_turn(*, actor: Actor, turn: Turn) -> Turn:
    """Let the agent answer once more, in place of its newest answer.

    The run of the earlier answer stays, with its steps and what it cost.
    """
    conversation = mine(actor, turn.conversation)
    turn.refresh_from_db()
    agent = turn.agent or conversation.agent
    _may_answer(conversation, agent)
    if not turn.by_agent:
        raise Invalid("It is the agent's turns that can be asked for again.")
    if conversation.turns.filter(index__gt=turn.index).exists():
        raise Conflict("The conversation has gone on; edit the question to branch off there.")
    turn.state, turn.content, turn.parts, turn.problem = Turn.State.STREAMING, "", [], ""
    turn.tries += 1
    turn.ended_at = None
    turn.input_tokens = turn.output_tokens = turn.context_tokens = turn.cost = 0
    entry = _record(conversation, "retried", f"asked @{agent.handle} once more", agent)
    _ask(conversation, turn, entry)
    tell(conversation.pk, turn)
    return turn


@verb
def edit_turn(*, actor: Actor, turn: Turn, content: str) -> Conversation:
    """Say something else than in `turn`, and go on from there in a branch of its own.

    The branch begins with a copy of what was said before; the conversation itself stays.
    """
    conversation = mine(actor, turn.conversation, hold=False)
    text = _text(content)
    if turn.by_agent:
        raise Invalid("Only what you said yourself can be said otherwise.")
    branch = Conversation.objects.create(
        workspace_id=conversation.workspace_id,
        owner=actor,
        agent=conversation.agent,
        title=conversation.title if turn.index else "",
        branch_of=conversation,
        branch_at=turn.index,
        updated_at=db_now(),
    )
    if conversation.summary_upto < turn.index:
        branch.summary, branch.summary_upto = conversation.summary, conversation.summary_upto
        branch.save(update_fields=["summary", "summary_upto"])
    company.seat(branch, conversation.table[1:])
    _copy(conversation, branch, before=turn.index)
    _record(branch, "branched", f"went back in a talk with @{conversation.agent.handle}")
    same = [Sent(one.name, one.kind, asset=one.asset, text=one.text) for one in turn.files.all()]
    send_turn(actor=actor, conversation=branch, content=text, files=same)
    branch.turns.filter(index=turn.index).update(parent=turn)
    return branch


def mine(actor: Actor, conversation: Conversation, *, hold: bool = True) -> Conversation:
    """The conversation, read anew; with `hold`, locked until commit. Raises NotFound for others."""
    require(actor, "comment")
    rows = Conversation.objects.of(actor).select_related("agent__actor", "workspace")
    if hold:
        rows = rows.select_for_update(no_key=True, of=("self",))
    found = rows.filter(pk=conversation.pk).first()
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def title_of(text: str) -> str:
    """The first words of a message, without the marks of Markdown."""
    line = next((line for line in text.splitlines() if re.search(r"\w", line)), text)
    plain = " ".join(re.sub(r"[*_`#>\[\]]+", " ", line).split())
    if len(plain) <= LONGEST_TITLE:
        return plain or "Untitled"
    return plain[:LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(",.;:–—-") + "…"


def _text(content: str) -> str:
    text = content.strip()
    if not text:
        raise Invalid("Say something.", field="content")
    if len(text) > LONGEST_MESSAGE:
        raise Invalid(f"A message has {LONGEST_MESSAGE:,} characters at most.", field="content")
    return text


def _may_answer(conversation: Conversation, agent: Agent) -> None:
    if agent.retired_at is not None:
        raise Conflict(f"{agent.name} has been retired and answers no more.")
    if conversation.turns.filter(state=Turn.State.STREAMING).exists():
        raise Conflict("An answer is still being written; stop it first.", code="busy")


def _ask(conversation: Conversation, turn: Turn, cause: Activity) -> None:
    """Queue the run of an answer; the turn and its run know one another."""
    turn.run = queue(
        conversation,
        CHAT,
        turn.agent,
        subject={"turn": str(turn.pk)},
        wake_reason=f"@{conversation.owner.handle} wrote",
        cause=cause,
    )
    turn.save()


def _copy(source: Conversation, branch: Conversation, *, before: int) -> None:
    batch: list[Turn] = []
    files: list[TurnFile] = []
    rows = source.turns.filter(index__lt=before).prefetch_related("files")
    for turn in rows.iterator(chunk_size=COPIED_AT_ONCE):
        # The runs stay with the original, and so does what they cost.
        batch.append(
            Turn(
                conversation=branch,
                index=turn.index,
                role=turn.role,
                agent_id=turn.agent_id,
                content=turn.content,
                parts=turn.parts,
                state=turn.state if not turn.streaming else Turn.State.CANCELLED,
                problem=turn.problem,
                context_tokens=turn.context_tokens,
                simulated=turn.simulated,
                parent_id=turn.pk,
                ended_at=turn.ended_at,
            )
        )
        files += copy(turn.files.all(), batch[-1])
    Turn.objects.bulk_create(batch, batch_size=COPIED_AT_ONCE)
    TurnFile.objects.bulk_create(files, batch_size=COPIED_AT_ONCE)


def _handles(conversation: Conversation) -> str:
    """Those who take part, as people read them."""
    return " and ".join(f"@{agent.handle}" for agent in conversation.table)


def _record(
    conversation: Conversation, what: str, message: str, agent: Agent | None = None
) -> Activity:
    """In the log of the workspace stands that people talk, never what about."""
    return record(
        actor=conversation.owner,
        verb=f"conversation.{what}",
        message=message,
        agent=agent or conversation.agent,
        data={"conversation": str(conversation.pk)},
    )
