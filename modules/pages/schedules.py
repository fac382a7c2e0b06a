"""The screens of schedules."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may, require
from core.blame import blame
from core.errors import MCError
from modules.models import Schedule
from modules.operations import Operation, registry
from modules.pages.forms import OperationForm
from modules.running import schedules
from modules.running.schedules import Plan

PRESETS = [
    ("0 * * * *", "Every hour"),
    ("0 9 * * *", "Every day at 9"),
    ("0 9 * * 1-5", "Working days at 9"),
    ("0 9 * * 1", "Mondays at 9"),
    ("0 9 1 * *", "The first of the month at 9"),
]


class ScheduleForm(OperationForm):
    """The fields of an operation, and when it is done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["schedule_name"] = forms.CharField(label="Name", max_length=120)
        self.fields["cron"] = forms.CharField(
            label="When",
            max_length=120,
            initial="0 9 * * 1-5",
            help_text="minute hour day month weekday; 0 9 * * 1-5 is 9:00 on working days",
            widget=forms.TextInput(
                attrs={"list": "crons", "spellcheck": "false", "autocomplete": "off"}
            ),
        )
        self.fields["timezone"] = forms.CharField(
            label="Time zone", max_length=60, help_text="Such as Europe/Berlin"
        )
        self.fields["enabled"] = forms.BooleanField(
            label="Switched on", required=False, initial=True
        )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        own = {"schedule_name", "cron", "timezone", "enabled"}
        return [one for one in super().main_fields if one.name not in own]


@member
@require_GET
def index(request: MemberRequest) -> HttpResponse:
    """Every schedule of the workspace."""
    rows = Schedule.objects.filter(workspace=request.member.workspace).select_related("actor")
    context = {
        "schedules": rows.order_by("-enabled", "due_at"),
        "operations": list(registry),
        "may_run": may(request.member.actor, "run"),
    }
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "modules/_schedules.html" if part else "modules/schedules.html", context)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID | None = None) -> HttpResponse:
    """A new schedule for the operation that the address names, or one that is there."""
    require(request.member.actor, "run")
    schedule = fetch(Schedule.objects.all(), request, pk=pk) if pk else None
    one = registry.get(schedule.operation if schedule else request.GET.get("operation", ""))
    form = ScheduleForm(
        request.POST or None,
        request.FILES or None,
        operation=one,
        workspace=request.member.workspace,
        initial=_initial(request, schedule, one),
    )
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, form, one, schedule)
        except MCError as error:
            blame(form, error, name="schedule_name")
        else:
            return HttpResponseRedirect(reverse("modules:schedules"))
    context = {"form": form, "schedule": schedule, "operation": one, "presets": PRESETS}
    return render(request, "modules/schedule.html", context, status=422 if form.errors else 200)


def _initial(request: MemberRequest, schedule: Schedule | None, one: Operation) -> dict[str, Any]:
    if schedule is None:
        return {"timezone": request.user.timezone or "UTC", "schedule_name": one.title}
    return {
        **schedule.input,
        "model": str(schedule.model_id or ""),
        "schedule_name": schedule.name,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
    }


def _save(
    request: MemberRequest, form: ScheduleForm, one: Operation, schedule: Schedule | None
) -> None:
    said = form.cleaned_data
    saved = schedules.save_schedule(
        actor=request.member.actor,
        plan=Plan(
            name=said["schedule_name"],
            operation=one.name,
            input=form.input(request.member.actor),
            cron=said["cron"],
            timezone=said["timezone"],
            model=form.chosen_model,
            enabled=said["enabled"],
        ),
        schedule=schedule,
    )
    messages.success(request, f"“{saved.name}” is saved")


@member
@require_POST
def switch(request: MemberRequest, pk: UUID) -> HttpResponse:
    """On or off."""
    found = fetch(Schedule.objects.all(), request, pk=pk)
    schedules.switch_schedule(actor=request.member.actor, schedule=found, enabled=not found.enabled)
    return HttpResponseRedirect(reverse("modules:schedules"))


@member
@require_POST
def run_now(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Once, out of turn."""
    found = fetch(Schedule.objects.all(), request, pk=pk)
    job = schedules.run_now(actor=request.member.actor, schedule=found)
    return HttpResponseRedirect(reverse("modules:job", args=[job.pk]))


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take it away."""
    found = fetch(Schedule.objects.all(), request, pk=pk)
    schedules.delete_schedule(actor=request.member.actor, schedule=found)
    messages.success(request, f"“{found.name}” is deleted")
    return HttpResponseRedirect(reverse("modules:schedules"))
