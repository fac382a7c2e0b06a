"""What this room takes from programs and gives to them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from agents.models import Agent, Approval, Budget, Run, Step
from core.api.fields import (
    Choice,
    Flag,
    Free,
    Id,
    Input,
    ListQuery,
    Many,
    Text,
    Whole,
    ordering,
)
from core.api.schema import ActorAnswer, Answer, names_of

DUTIES = [str(duty) for duty in Agent.Duty.values]
STATUSES = [str(status) for status in Agent.Status.values]
STATES = [str(state) for state in Run.State.values]
HANDLE = r"^[a-z0-9][a-z0-9_-]{0,33}$"


# --- what is taken -------------------------------------------------------------------------


class AgentQuery(ListQuery):
    status = Choice(choices=STATUSES, required=False)
    duty = Choice(choices=DUTIES, required=False)
    external = Flag(required=False)
    retired = Flag(required=False, default=False, help_text="Those out of service, instead")
    search = Text(required=False, max_length=100, help_text="In name, handle and role")
    ordering, orders = ordering(
        {"created_at": "created_at", "name": "actor__name", "last_active_at": "last_active_at"},
        "created_at",
    )


class AgentChange(Input):
    name = Text(max_length=80, required=False)
    role = Text(max_length=120, required=False, help_text="What it is, in a few words")
    persona = Text(max_length=20_000, blank=True, required=False)
    capabilities = Many(Text(max_length=40), max_length=40, required=False)
    duty = Choice(choices=DUTIES, required=False)
    model = Id(required=False, allow_null=True, help_text="null for the workspace's default")
    heartbeat_interval = Whole(least=5, most=86_400, required=False, help_text="Seconds")
    concurrency = Whole(least=1, most=10, required=False)
    memory_context = Text(max_length=20_000, blank=True, required=False)
    example = {"capabilities": ["navigation", "weather"], "heartbeat_interval": 60}


class AgentInput(AgentChange):
    name = Text(max_length=80)
    role = Text(max_length=120, help_text="What it is, in a few words")
    handle = Text(max_length=34, pattern=HANDLE, required=False)
    external = Flag(required=False, help_text="Runs elsewhere and takes its work by heartbeat")


class ReasonInput(Input):
    reason = Text(max_length=300, blank=True, required=False)
    example = {"reason": "The harbour is closed until tomorrow."}


class RunQuery(ListQuery):
    agent = Id(required=False)
    task = Id(required=False)
    state = Many(Choice(choices=STATES), max_length=len(STATES), required=False)
    live = Flag(required=False, help_text="Queued, running or waiting; or those that ended")
    kind = Text(max_length=20, required=False)
    ordering, orders = ordering({"created_at": "created_at", "cost": "cost"}, "-created_at")


class SteerInput(Input):
    text = Text(max_length=4000)
    example = {"text": "Look at the western mole first."}


class TokenInput(Input):
    token = Whole(least=0, help_text="As the heartbeat gave it")
    example = {"token": 1}


class StepInput(TokenInput):
    kind = Choice(choices=["note", "model", "tool"])
    name = Text(max_length=80, blank=True, required=False, help_text="The model, or the tool")
    text = Text(
        max_length=100_000, blank=True, required=False, help_text="The words, or the result"
    )
    arguments = Free(required=False)
    failed = Flag(required=False)
    input_tokens = Whole(most=10**8, required=False)
    output_tokens = Whole(most=10**8, required=False)
    cost = Whole(most=10**12, required=False, help_text="Microdollars")


class FinishInput(TokenInput):
    failed = Flag(required=False)
    text = Text(max_length=20_000, blank=True, required=False, help_text="What was done")
    reason = Text(max_length=300, blank=True, required=False, help_text="Why it failed")


class ApprovalQuery(ListQuery):
    state = Choice(choices=[str(state) for state in Approval.State.values], required=False)
    run = Id(required=False)


class BudgetQuery(ListQuery):
    agent = Id(required=False)


class BudgetChange(Input):
    cost_limit = Whole(most=10**15, required=False, allow_null=True, help_text="Microdollars")
    token_limit = Whole(most=10**15, required=False, allow_null=True)
    run_limit = Whole(most=10**9, required=False, allow_null=True, help_text="Runs begun")
    example = {"cost_limit": 7_500_000, "run_limit": None}


# --- what is given ---------------------------------------------------------------------------


class AgentAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    handle = serializers.CharField()
    actor = serializers.UUIDField(help_text="To assign tasks to")
    duty = serializers.ChoiceField(choices=DUTIES)
    role = serializers.CharField()
    persona = serializers.CharField(allow_blank=True)
    capabilities = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=STATUSES)
    status_reason = serializers.CharField(allow_blank=True)
    session_key = serializers.CharField()
    memory_context = serializers.CharField(allow_blank=True)
    model = serializers.UUIDField(allow_null=True)
    external = serializers.BooleanField()
    heartbeat_interval = serializers.IntegerField()
    concurrency = serializers.IntegerField()
    next_heartbeat_at = serializers.DateTimeField()
    last_heartbeat_at = serializers.DateTimeField(allow_null=True)
    last_active_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class TaskRef(Answer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    title = serializers.CharField()


class WorkAnswer(Answer):
    """A run that is the caller's from now on."""

    id = serializers.UUIDField()
    token = serializers.IntegerField(help_text="Goes with every report")
    kind = serializers.CharField(help_text="work, review, goal, triage or mention")
    reason = serializers.CharField(help_text="Why it woke")
    task = TaskRef(allow_null=True)
    system = serializers.CharField(help_text="Who the agent is")
    message = serializers.CharField(help_text="What it is asked")
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What was said to it since, such as answers"
    )
    lease_expires_at = serializers.DateTimeField(help_text="Every report renews it")


class HeartbeatAnswer(Answer):
    status = serializers.ChoiceField(choices=["working", "idle", "queued"])
    work = WorkAnswer(many=True, help_text="For an agent that runs elsewhere")
    runs = serializers.ListField(
        child=serializers.UUIDField(), help_text="What was queued for an agent that runs here"
    )
    again_in = serializers.IntegerField(help_text="Seconds until the next heartbeat is due")


class RunAnswer(Answer):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    reason = serializers.CharField(allow_blank=True)
    wait_for = serializers.CharField(allow_blank=True)
    agent = serializers.UUIDField()
    agent_handle = serializers.CharField()
    task = TaskRef(allow_null=True)
    wake_reason = serializers.CharField(allow_blank=True)
    outcome = serializers.DictField()
    simulated = serializers.BooleanField()
    step_count = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Microdollars")
    resume_at = serializers.DateTimeField(allow_null=True)
    lease_expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class StepAnswer(Answer):
    id = serializers.UUIDField()
    index = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[str(kind) for kind in Step.Kind.values])
    state = serializers.ChoiceField(choices=[str(state) for state in Step.State.values])
    name = serializers.CharField(allow_blank=True)
    content = serializers.DictField()
    result = serializers.CharField(allow_blank=True)
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class LeaseAnswer(Answer):
    lease_expires_at = serializers.DateTimeField()


class ApprovalAnswer(Answer):
    id = serializers.UUIDField()
    run = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[str(kind) for kind in Approval.Kind.values])
    state = serializers.ChoiceField(choices=[str(state) for state in Approval.State.values])
    question = serializers.CharField()
    tool = serializers.CharField(allow_blank=True)
    arguments = serializers.DictField()
    decided_by = ActorAnswer(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class BudgetAnswer(Answer):
    id = serializers.UUIDField()
    agent = serializers.UUIDField(allow_null=True, help_text="null for the workspace's")
    window_s = serializers.IntegerField(help_text="After so many seconds it starts anew")
    window_started_at = serializers.DateTimeField()
    cost_limit = serializers.IntegerField(allow_null=True, help_text="Microdollars")
    cost_spent = serializers.IntegerField()
    cost_reserved = serializers.IntegerField(help_text="Set aside for calls under way")
    token_limit = serializers.IntegerField(allow_null=True)
    tokens_spent = serializers.IntegerField()
    tokens_reserved = serializers.IntegerField()
    run_limit = serializers.IntegerField(allow_null=True)
    runs_started = serializers.IntegerField()


class StoppedAnswer(Answer):
    stopped = serializers.IntegerField(help_text="How many runs were under way")


# --- how it is made --------------------------------------------------------------------------

_AGENT = names_of(AgentAnswer)
_AGENT_COLUMNS = tuple(
    {"name": "actor__name", "handle": "actor__handle"}.get(name, name) for name in _AGENT
)
_RUN = tuple(name for name in names_of(RunAnswer) if name != "task")
_RUN_COLUMNS = (
    *({"agent_handle": "agent__actor__handle"}.get(name, name) for name in _RUN),
    "task_id",
    "task__number",
    "task__title",
)
_STEP = names_of(StepAnswer)
_BUDGET = names_of(BudgetAnswer)


def agents_of(rows: QuerySet[Agent]) -> list[dict[str, Any]]:
    """The agents as they are sent. One query."""
    return [dict(zip(_AGENT, row, strict=True)) for row in rows.values_list(*_AGENT_COLUMNS)]


def runs_of(rows: QuerySet[Run]) -> list[dict[str, Any]]:
    """The runs as they are sent. One query."""
    found = []
    for row in rows.values_list(*_RUN_COLUMNS):
        one = dict(zip(_RUN, row, strict=False))
        id, number, title = row[len(_RUN) :]
        one["task"] = id and {"id": id, "number": number, "title": title}
        found.append(one)
    return found


def steps_of(rows: QuerySet[Step]) -> list[dict[str, Any]]:
    """The steps as they are sent. One query."""
    return [dict(zip(_STEP, row, strict=True)) for row in rows.values_list(*_STEP)]


def budgets_of(rows: QuerySet[Budget]) -> list[dict[str, Any]]:
    """The budgets as they are sent. One query."""
    return [dict(zip(_BUDGET, row, strict=True)) for row in rows.values_list(*_BUDGET)]


def work_of(run: Run, notes: list[str]) -> dict[str, Any]:
    """A run as whoever has taken it needs it."""
    task = run.task
    return {
        "id": run.pk,
        "token": run.token,
        "kind": run.kind,
        "reason": run.wake_reason,
        "task": task and {"id": task.pk, "number": task.number, "title": task.title},
        "system": run.brief.get("system", ""),
        "message": run.brief.get("message", ""),
        "notes": notes,
        "lease_expires_at": run.lease_expires_at,
    }


def approvals_of(rows: QuerySet[Approval]) -> list[dict[str, Any]]:
    """The approvals as they are sent. One query."""
    return [
        {
            "id": one.pk,
            "run": one.run_id,
            "kind": one.kind,
            "state": one.state,
            "question": one.question,
            "tool": one.step.name,
            "arguments": one.step.content,
            "decided_by": one.decided_by
            and {
                "id": one.decided_by.pk,
                "handle": one.decided_by.handle,
                "name": one.decided_by.name,
                "kind": one.decided_by.kind,
            },
            "reason": one.reason,
            "created_at": one.created_at,
            "decided_at": one.decided_at,
        }
        for one in rows.select_related("step", "decided_by")
    ]
