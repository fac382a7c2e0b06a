"""Schedules, for programs."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.endpoint import Endpoint
from core.api.fields import Flag, Free, Id, Input, ListQuery, Text
from core.api.schema import Answer, op
from modules.endpoints.forms import JobAnswer, job_of
from modules.models import Schedule
from modules.running import schedules
from modules.running.schedules import Plan

_EXAMPLE = {
    "name": "Morning news",
    "operation": "language.summarise",
    "input": {"text": "A long text …"},
    "cron": "0 9 * * 1-5",
    "timezone": "Europe/Berlin",
}


class ScheduleQuery(ListQuery):
    enabled = Flag(required=False)
    operation = Text(max_length=80, required=False)


class ScheduleChange(Input):
    name = Text(max_length=120, required=False)
    operation = Text(max_length=80, required=False)
    input = Free(required=False)
    cron = Text(max_length=120, required=False, help_text="minute hour day month weekday")
    timezone = Text(max_length=60, required=False, help_text="Such as Europe/Berlin")
    model = Id(required=False)
    enabled = Flag(required=False)
    example = {"cron": "30 7 * * 1-5", "timezone": "Europe/Berlin"}


class ScheduleInput(ScheduleChange):
    name = Text(max_length=120)
    operation = Text(max_length=80)
    input = Free()
    cron = Text(max_length=120, help_text="minute hour day month weekday")


class ScheduleAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    operation = serializers.CharField()
    input = serializers.DictField()
    cron = serializers.CharField()
    timezone = serializers.CharField()
    model = serializers.UUIDField(allow_null=True)
    enabled = serializers.BooleanField()
    due_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)


def _schedule_of(one: Schedule) -> dict[str, Any]:
    names = ("id", "name", "operation", "input", "cron", "timezone", "enabled", "due_at")
    plain = {name: getattr(one, name) for name in (*names, "last_at", "problem")}
    return {**plain, "model": one.model_id}


class Schedules(Endpoint):
    tag = "modules"
    needs = {"GET": "read", "POST": "run"}

    @op("listSchedules", query=ScheduleQuery, page_of=ScheduleAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """What is done again and again, and when next."""
        filters = {name: query[name] for name in ("enabled", "operation") if name in query}
        rows = Schedule.objects.filter(workspace=self.workspace, **filters).order_by("name")
        return self.page(rows, lambda found: [_schedule_of(one) for one in found], query)

    @op("createSchedule", takes=ScheduleInput, gives=ScheduleAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Do something again and again, in one's own name."""
        return _schedule_of(schedules.save_schedule(actor=self.actor, plan=Plan(**data)))


class OneSchedule(Endpoint):
    tag = "modules"
    needs = {"GET": "read", "PATCH": "run", "DELETE": "run"}

    @op("getSchedule", gives=ScheduleAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One schedule."""
        return _schedule_of(self.fetch(Schedule.objects.all(), pk=id))

    @op("changeSchedule", takes=ScheduleChange, gives=ScheduleAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what is named. From now on it acts in the name of whoever changed it."""
        one = self.fetch(Schedule.objects.all(), pk=id)
        names = ("name", "operation", "input", "cron", "timezone", "enabled")
        known = {name: getattr(one, name) for name in names} | {"model": one.model_id}
        plan = Plan(**{**known, **data})
        return _schedule_of(schedules.save_schedule(actor=self.actor, plan=plan, schedule=one))

    @op("deleteSchedule", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Take it away. What it has done stays."""
        schedules.delete_schedule(
            actor=self.actor, schedule=self.fetch(Schedule.objects.all(), pk=id)
        )


class RunningNow(Endpoint):
    tag = "modules"
    needs = {"POST": "run"}
    kinds = {"POST": "run"}

    @op("runSchedule", gives=JobAnswer, status=202)
    def post(self, request: Any, id: UUID) -> Any:
        """Do it once, out of turn."""
        one = self.fetch(Schedule.objects.all(), pk=id)
        return job_of(schedules.run_now(actor=self.actor, schedule=one))
