"""What waits for one person: the first thing that the command center shows.

Each kind is one queryset, used for the list and for the number beside the menu alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Membership
from accounts.roles import PERMISSIONS
from agents.models import Approval, Budget, Run
from agents.privacy import readable_by
from core.clock import from_now
from modules.models import Job
from tasks.models import Message, Task

# A failure that nobody looked at for this long is history.
FAILED_WITHIN = timedelta(days=2)
MOST_OF_A_KIND = 20
STEWARDS = (Membership.Role.OWNER, Membership.Role.ADMIN)


@dataclass(frozen=True)
class Need:
    """One thing that waits for the person. `subject` is the row that it is about."""

    kind: str
    at: datetime
    subject: Any

    @property
    def id(self) -> str:
        return f"need-{self.kind}-{self.subject.pk}"

    @property
    def template(self) -> str:
        return f"dashboard/needs/{self.kind}.html"


def needs_of(member: Membership) -> list[Need]:
    """Everything that waits for `member`, the most pressing kind first, then the oldest."""
    calls = approvals(member).select_related("run__agent__actor", "run__task", "step")
    kinds: list[tuple[str, QuerySet[Any], str]] = [
        ("approval", calls, "created_at"),
        ("question", questions(member).select_related("author", "task"), "created_at"),
        ("review", reviews(member), "moved_at"),
        ("blocked", blocked(member).select_related("blocked_on"), "blocked_at"),
        ("order", orders(member).select_related("actor"), "created_at"),
        ("failed", failed(member).select_related("agent__actor", "task"), "ended_at"),
        ("budget", budgets(member).select_related("agent__actor"), "window_started_at"),
    ]
    return [
        Need(kind, getattr(row, moment), row)
        for kind, rows, moment in kinds
        for row in rows.order_by(moment)[:MOST_OF_A_KIND]
    ]


def needs_count(member: Membership) -> Any:
    """The number of them, as an expression to be asked for together with other things."""
    total: Any = Value(0)
    for rows in (approvals, questions, reviews, blocked, orders, failed, budgets):
        total = total + counted(rows(member))
    return total


def counted(rows: QuerySet[Any]) -> Coalesce:
    """The number of `rows` as a part of another query."""
    number = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk"))
    return Coalesce(Subquery(number.values("n"), output_field=IntegerField()), 0)


def approvals(member: Membership) -> QuerySet[Approval]:
    """Decisions for which runs wait."""
    pending = Approval.objects.filter(
        readable_by(member.actor, "run__"),
        run__workspace=member.workspace_id,
        state=Approval.State.PENDING,
    )
    return pending if _may(member, "decide") else pending.none()


def questions(member: Membership) -> QuerySet[Message]:
    """Questions put to the person that nobody has answered."""
    return Message.objects.filter(
        workspace=member.workspace_id,
        kind=Message.Kind.QUESTION,
        asked=member.actor_id,
        answered_at=None,
    )


def reviews(member: Membership) -> QuerySet[Task]:
    """Finished work that the person is to check."""
    waiting = Q(reviewer=member.actor_id)
    if member.role in STEWARDS:
        waiting |= Q(reviewer=None)
    return Task.objects.filter(
        waiting, workspace=member.workspace_id, status=Task.Status.REVIEW, blocked_at=None
    )


def blocked(member: Membership) -> QuerySet[Task]:
    """Tasks that wait for a person: all of them for those who run the place."""
    tasks = Task.objects.filter(workspace=member.workspace_id, blocked_at__isnull=False).exclude(
        status=Task.Status.DONE
    )
    if member.role in STEWARDS:
        return tasks
    return tasks.filter(Q(blocked_on=member.actor_id) | Q(creator=member.actor_id))


def orders(member: Membership) -> QuerySet[Job]:
    """Jobs of modules of whose order nobody knows whether it was taken."""
    waiting = Job.objects.open_to_all().filter(
        workspace=member.workspace_id, state=Job.State.WAITING
    )
    return waiting if _may(member, "decide") else waiting.none()


def failed(member: Membership) -> QuerySet[Run]:
    """Runs that failed and will not be tried again by themselves.

    Those of a task are tried again or block it, so they show up there; those of a conversation
    are asked for again by whoever talks there.
    """
    after = Run.objects.filter(agent=OuterRef("agent"), kind=OuterRef("kind"))
    runs = Run.objects.filter(
        workspace=member.workspace_id,
        state__in=[Run.State.FAILED, Run.State.QUARANTINED],
        ended_at__gt=from_now(-FAILED_WITHIN),
        task=None,
        thread=None,
    ).exclude(Exists(after.filter(task=None, created_at__gt=OuterRef("created_at"))))
    return runs if _may(member, "run") else runs.none()


def budgets(member: Membership) -> QuerySet[Budget]:
    """Budgets that are used up, so that work waits for their next window."""
    spent = Q(cost_limit__lte=F("cost_spent") + F("cost_reserved")) | Q(
        token_limit__lte=F("tokens_spent") + F("tokens_reserved")
    )
    waiting = Run.objects.filter(workspace=member.workspace_id, state="waiting", wait_for="budget")
    rows = Budget.objects.filter(
        spent | Q(Exists(waiting.filter(agent=OuterRef("agent")))), workspace=member.workspace_id
    )
    return rows if _may(member, "agents") else rows.none()


def _may(member: Membership, permission: str) -> bool:
    return member.role in PERMISSIONS[permission]
