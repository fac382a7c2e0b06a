"""What runs of the board are about: work, review, goals, triage, mentions.

Each finds its work in one query for all agents that wake together, and at the end of a run
settles what that means for the task.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.actions import system_actor
from agents.handlers import Brief, WorkItem, register
from agents.models import Agent, Run
from core.clock import Now, from_now
from core.prepared import Prepared
from tasks import briefs
from tasks.actions.common import change, lock
from tasks.actions.moving import block_task, move_task
from tasks.actions.progress import roll_up
from tasks.assignment import workers
from tasks.models import Assignment, Mention, Task

# Each agent is offered this many candidates of a kind; more would be asked for in vain.
CANDIDATES = 3
MAX_FAILURES = 3
FIRST_RETRY = timedelta(seconds=5)
TRIAGE_AT_ONCE = 20
LOAD_LIMIT = 12
TALK = ["post_message", "message_agent", "ask", "list_tasks", "read_working_state"]
READ = ["read_document", "search_documents"]


class WorkHandler:
    """A task that somebody has, done by the agent that has it."""

    kind = "work"
    tools: Collection[str] = (
        *READ,
        *TALK,
        "read_template",
        "write_document",
        "write_whitepaper",
        "generate_image",
        "generate_music",
        "describe_image",
        "summarise",
        "update_task",
        "create_task",
        "update_working_state",
        "submit_for_review",
        "finish",
    )

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        return [
            _item(row, self.kind, f"{row.key} is ready", urgency=10 + 10 * row.priority)
            for row in map(Candidate._make, _held.rows(list(agents)))
        ]

    def interest(self) -> Q:
        held = Assignment.objects.filter(
            actor=OuterRef("actor"), task__status__in=["assigned", "in_progress"]
        )
        return Q(Exists(held))

    def brief(self, run: Run) -> Brief:
        return Brief(briefs.system_text(run.agent), briefs.work_brief(_task(run)))

    def started(self, run: Run) -> None:
        task = lock(_task(run))
        if task.status == Task.Status.ASSIGNED:
            move_task(actor=run.agent.actor, task=task, status=Task.Status.IN_PROGRESS)

    def ended(self, run: Run) -> None:
        task = lock(_task(run))
        if task.status in (Task.Status.ASSIGNED, Task.Status.IN_PROGRESS):
            _settle(run, task, "ended without handing the task in")


class ReviewHandler:
    """Finished work, checked by the reviewer it was handed to."""

    kind = "review"
    tools: Collection[str] = (*READ, *TALK, "review_task")

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        return [
            _item(row, self.kind, f"{row.key} is to be reviewed", urgency=60)
            for row in map(Candidate._make, _handed_in.rows(list(agents)))
        ]

    def interest(self) -> Q:
        return Q(Exists(Task.objects.filter(status="review", reviewer=OuterRef("actor"))))

    def brief(self, run: Run) -> Brief:
        return Brief(briefs.system_text(run.agent), briefs.review_brief(_task(run)))

    def started(self, run: Run) -> None:
        """Nothing changes: the task is in review already."""

    def ended(self, run: Run) -> None:
        task = lock(_task(run))
        if task.status == Task.Status.REVIEW:
            _settle(run, task, "ended without a verdict")


class GoalHandler:
    """A goal without tasks yet, broken down by an orchestrator."""

    kind = "goal"
    duty = Agent.Duty.ORCHESTRATOR
    tools: Collection[str] = (
        *READ,
        *TALK,
        "create_task",
        "update_task",
        "update_working_state",
        "finish",
    )

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        goals = (
            Task.objects.filter(kind=Task.Kind.GOAL).open().leaves().ready().without_run(self.kind)
        )
        return _for_orchestrators(goals, agents, self.kind, "is a goal to break down", urgency=70)

    def interest(self) -> Q:
        goals = Task.objects.filter(workspace=OuterRef("workspace"), kind=Task.Kind.GOAL).open()
        return Q(Exists(goals), duty=Agent.Duty.ORCHESTRATOR)

    def brief(self, run: Run) -> Brief:
        task = _task(run)
        return Brief(briefs.system_text(run.agent), briefs.goal_brief(task, workers(task)))

    def started(self, run: Run) -> None:
        """It has begun when its first task has."""

    def ended(self, run: Run) -> None:
        task = lock(_task(run))
        if not task.children.exists():
            _settle(run, task, "ended without any task")
        else:
            roll_up(task)


class TriageHandler:
    """Tasks that nobody has, handed out by an orchestrator."""

    kind = "triage"
    duty = Agent.Duty.ORCHESTRATOR
    tools: Collection[str] = (
        *TALK,
        "assign_task",
        "create_agent",
        "update_task",
        "update_working_state",
        "finish",
    )

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        inbox = _inbox().filter(workspace=OuterRef("workspace"))
        live = Run.objects.live().filter(agent=OuterRef("pk"), kind=self.kind)
        free = Agent.objects.filter(pk__in=agents, duty=Agent.Duty.ORCHESTRATOR)
        rows = free.filter(Exists(inbox)).exclude(Exists(live)).values("pk", "workspace")
        return [
            WorkItem(row["pk"], row["workspace"], self.kind, "tasks wait in the inbox", urgency=80)
            for row in rows
        ]

    def interest(self) -> Q:
        waiting = Task.objects.filter(workspace=OuterRef("workspace"), status="inbox")
        return Q(Exists(waiting), duty=Agent.Duty.ORCHESTRATOR)

    def brief(self, run: Run) -> Brief:
        tasks = list(_inbox().filter(workspace=run.workspace_id)[:TRIAGE_AT_ONCE])
        run.subject = {"tasks": [str(task.pk) for task in tasks]}
        team = workers(tasks[0]) if tasks else []
        message = briefs.triage_brief(tasks, team, LOAD_LIMIT)
        return Brief(briefs.system_text(run.agent), message)

    def started(self, run: Run) -> None:
        """It concerns no task in particular."""

    def ended(self, run: Run) -> None:
        """What it was shown and left in the inbox is tried again, but not at once."""
        left = _inbox().filter(pk__in=run.subject.get("tasks", []))
        Task.objects.filter(pk__in=list(left.values_list("pk", flat=True))).update(
            retry_at=from_now(FIRST_RETRY * 6)
        )


class MentionHandler:
    """Words addressed to an agent, answered by it."""

    kind = "mention"
    tools: Collection[str] = (*READ, *TALK, "update_task", "finish")

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        return [
            WorkItem(
                agent_id=agent,
                workspace_id=workspace,
                kind=self.kind,
                task_id=task,
                reason=f"@{author} mentioned it in TASK-{number:03d}",
                urgency=90,
                hops=hops,
                subject={"mention": str(mention)},
            )
            for mention, hops, agent, workspace, task, number, author in _spoken_to.rows(
                list(agents)
            )
        ]

    def interest(self) -> Q:
        return Q(Exists(Mention.objects.filter(actor=OuterRef("actor"), handled_at=None)))

    def brief(self, run: Run) -> Brief:
        mention = Mention.objects.select_related("message__author", "message__task").get(
            pk=run.subject["mention"]
        )
        return Brief(briefs.system_text(run.agent), briefs.mention_brief(mention))

    def started(self, run: Run) -> None:
        """The thread shows it by itself."""

    def ended(self, run: Run) -> None:
        """Handled, whatever came of it: a mention is answered at most once."""
        Mention.objects.filter(pk=run.subject["mention"]).update(handled_at=Now())


def _inbox() -> QuerySet[Task]:
    """Tasks to hand out: nobody has them, and they are neither phases nor goals."""
    return (
        Task.objects.filter(status="inbox", assignments=None)
        .exclude(kind=Task.Kind.GOAL)
        .leaves()
        .filter(blocked_at=None)
        .exclude(retry_at__gt=Now())
        .order_by("-priority", "number")
    )


class Candidate(NamedTuple):
    """A task that an agent could take up."""

    task: UUID
    workspace: UUID
    number: int
    priority: int
    agent: UUID

    @property
    def key(self) -> str:
        return f"TASK-{self.number:03d}"


def _best(tasks: QuerySet[Task], *, agent: F) -> QuerySet[Any, Any]:
    """The first few tasks for each agent: begun ones first, then by priority and age."""
    rank = Window(
        RowNumber(),
        partition_by=[F("for_agent")],
        order_by=[F("status").desc(), F("priority").desc(), F("number").asc()],
    )
    best: Any = tasks.annotate(for_agent=agent).annotate(rank=rank).filter(rank__lte=CANDIDATES)
    rows: QuerySet[Any, Any] = best.values_list(
        "pk", "workspace", "number", "priority", "for_agent"
    )
    return rows


def _compose_held(agents: Sequence[UUID]) -> QuerySet[Any, Any]:
    ready = (
        Task.objects.filter(status__in=["assigned", "in_progress"])
        .exclude(kind=Task.Kind.GOAL)
        .held_by(agents)
        .leaves()
        .ready()
        .without_run(WorkHandler.kind)
    )
    return _best(ready, agent=F("assignments__actor__agent"))


def _compose_handed_in(agents: Sequence[UUID]) -> QuerySet[Any, Any]:
    waiting = Task.objects.filter(status="review", reviewer__agent__in=agents)
    ready = waiting.ready().without_run(ReviewHandler.kind)
    return _best(ready, agent=F("reviewer__agent"))


def _compose_spoken_to(agents: Sequence[UUID]) -> QuerySet[Any, Any]:
    live = Run.objects.live().filter(task=OuterRef("message__task"), kind=MentionHandler.kind)
    return (
        Mention.objects.filter(actor__agent__in=agents, handled_at=None)
        .exclude(Exists(live))
        .order_by("message__created_at")
        .values_list(
            "pk",
            "hops",
            "actor__agent",
            "message__workspace",
            "message__task",
            "message__task__number",
            "message__author__handle",
        )[: CANDIDATES * len(agents)]
    )


# They run with every tick.
_held = Prepared(_compose_held)
_handed_in = Prepared(_compose_handed_in)
_spoken_to = Prepared(_compose_spoken_to)


def _for_orchestrators(
    tasks: QuerySet[Task], agents: Collection[UUID], kind: str, reason: str, *, urgency: int
) -> list[WorkItem]:
    """Offer tasks to the orchestrators of their workspaces."""
    rows = tasks.filter(
        workspace__agents__in=agents, workspace__agents__duty=Agent.Duty.ORCHESTRATOR
    )
    return [
        _item(row, kind, f"{row.key} {reason}", urgency=urgency)
        for row in map(Candidate._make, _best(rows, agent=F("workspace__agents")))
    ]


def _item(row: Candidate, kind: str, reason: str, *, urgency: int) -> WorkItem:
    return WorkItem(
        agent_id=row.agent,
        workspace_id=row.workspace,
        kind=kind,
        task_id=row.task,
        reason=reason,
        urgency=urgency,
    )


def _settle(run: Run, task: Task, complaint: str) -> None:
    """What a run that did not bring its task further means for the task.

    A failed one is tried again after a growing pause, three times in all; then, or when it
    was stopped or quarantined, the task waits for a person.
    """
    if run.state == Run.State.CANCELLED:
        if run.outcome.get("hold", True):
            block_task(actor=system_actor(run.workspace), task=task, reason=f"{run.reason}")
        return
    if run.state == Run.State.QUARANTINED:
        block_task(actor=system_actor(run.workspace), task=task, reason=run.reason)
        return
    failures = task.failures + 1
    why = run.reason or complaint
    if failures >= MAX_FAILURES:
        reason = f"{failures} runs in a row brought it no further. Last: {why}"
        block_task(actor=system_actor(run.workspace), task=task, reason=reason)
    change(lock(task), failures=failures, retry_at=from_now(FIRST_RETRY * (3 ** (failures - 1))))


def _task(run: Run) -> Task:
    assert run.task is not None
    return run.task


def register_all() -> None:
    """Make the kinds of runs of this room known. Called once, when the house opens."""
    for handler in (
        WorkHandler(),
        ReviewHandler(),
        GoalHandler(),
        TriageHandler(),
        MentionHandler(),
    ):
        register(handler)
