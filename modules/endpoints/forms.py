"""What programs send about jobs and assets, and what they get."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from core.api.fields import Choice, Flag, Free, Id, Input, ListQuery, Number, Text, ordering
from core.api.schema import ActorAnswer, Answer
from modules.models import Job
from modules.operations import Operation

STATES = [str(state) for state in Job.State.values]


class OperationAnswer(Answer):
    name = serializers.CharField()
    module = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    model_kind = serializers.CharField(allow_null=True)
    tool = serializers.CharField(help_text="What agents call it; empty if they do not have it")
    schema = serializers.DictField(help_text="JSON schema of the input")


class JobInput(Input):
    operation = Text(max_length=80, help_text="A name that GET modules lists")
    input = Free(required=False, help_text="As the operation's schema says")
    model = Id(required=False, help_text="Else the default of the operation's kind")
    wait = Number(
        least=0,
        most=20,
        required=False,
        help_text="Seconds to wait for the result: 200 if it comes by then, else 202",
    )


class DecisionInput(Input):
    again = Flag(help_text="True to order once more, false to take the job as failed")
    example = {"again": False}


class EstimateInput(Input):
    operation = Text(max_length=80)
    input = Free(required=False)
    model = Id(required=False)
    example = {"operation": "language.summarise", "input": {"text": "A long text …"}}


class EstimateAnswer(Answer):
    microdollars = serializers.IntegerField(help_text="At most")
    known = serializers.BooleanField(help_text="False where the model has no prices")
    model = serializers.UUIDField(allow_null=True)
    simulated = serializers.BooleanField()


class JobQuery(ListQuery):
    state = Choice(choices=STATES, required=False)
    operation = Text(max_length=80, required=False)
    run = Id(required=False)
    task = Id(required=False)
    schedule = Id(required=False)
    simulated = Flag(required=False)
    ordering, orders = ordering({"created_at": "created_at", "cost": "cost"}, "-created_at")


class JobAnswer(Answer):
    id = serializers.UUIDField()
    operation = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    door = serializers.ChoiceField(choices=[str(door) for door in Job.Door.values])
    actor = ActorAnswer(allow_null=True)
    model = serializers.UUIDField(allow_null=True)
    input = serializers.DictField()
    progress = serializers.IntegerField(help_text="Percent")
    progress_words = serializers.CharField(allow_blank=True)
    result = serializers.DictField()
    assets = serializers.ListField(child=serializers.UUIDField())
    error = serializers.CharField(allow_blank=True)
    error_code = serializers.CharField(allow_blank=True)
    cost = serializers.IntegerField(help_text="Microdollars")
    simulated = serializers.BooleanField()
    attempts = serializers.IntegerField()
    run = serializers.UUIDField(allow_null=True)
    task = serializers.UUIDField(allow_null=True)
    schedule = serializers.UUIDField(allow_null=True)
    retry_of = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


def operation_of(one: Operation) -> dict[str, Any]:
    """An operation as it is sent."""
    return {
        "name": one.name,
        "module": one.module,
        "title": one.title,
        "description": one.description,
        "model_kind": one.kind,
        "tool": one.tool,
        "schema": one.schema,
    }


def jobs_of(rows: Any) -> list[dict[str, Any]]:
    """Jobs as they are sent, in two queries."""
    return [job_of(job) for job in rows.select_related("actor").prefetch_related("assets")]


def job_of(job: Job) -> dict[str, Any]:
    """One job as it is sent."""
    actor = job.actor
    return {
        "id": job.pk,
        "operation": job.operation,
        "state": job.state,
        "door": job.door,
        "actor": actor
        and {"id": actor.pk, "handle": actor.handle, "name": actor.name, "kind": actor.kind},
        "model": job.model_id,
        "input": job.input,
        "progress": job.progress,
        "progress_words": job.progress_words,
        "result": job.result,
        "assets": _ids(job.assets.all()),
        "error": job.error,
        "error_code": job.error_code,
        "cost": job.cost,
        "simulated": job.simulated,
        "attempts": job.attempts,
        "run": job.run_id,
        "task": job.task_id,
        "schedule": job.schedule_id,
        "retry_of": job.retry_of_id,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
    }


def _ids(rows: Iterable[Any]) -> list[Any]:
    return [row.pk for row in rows]
