"""What was done, by whom, how fast and for how much: on screen, as tables, as a document."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MemberRequest, member
from accounts.roles import may
from core.errors import NotFound
from core.templatetags.ui import amount, money, span
from dashboard.analytics import SPANS, Day, Report, report
from dashboard.analytics.writing import TABLES, as_csv, as_markdown
from documents.actions import create_document
from documents.models import Document

USUAL = 30
# A change as small as that is none.
STEADY = 0.5


@dataclass(frozen=True)
class Figure:
    """One of the numbers on top, and by how many percent it differs from the span before."""

    name: str
    icon: str
    value: str
    note: str
    change: int | None
    # Whether more of it is better (1), worse (-1), or neither (0).
    wish: int = 0

    @property
    def tone(self) -> str:
        if not self.change or not self.wish:
            return "gray"
        return "green" if (self.change > 0) == (self.wish > 0) else "red"


@member
@require_GET
def analytics(request: MemberRequest) -> HttpResponse:
    """The page of a span of days; with htmx, what lies below the choice of the span."""
    days = _days(request)
    found = report(request.member.workspace, days)
    context = {
        "report": found,
        "figures": _figures(found),
        "charts": _charts(found.days),
        "span": days,
        "spans": SPANS,
        "tables": list(TABLES),
        "may_work": may(request.member.actor, "work"),
    }
    part = request.htmx and not request.htmx.boosted
    return render(request, f"dashboard/{'_analytics' if part else 'analytics'}.html", context)


@member
@require_GET
def table(request: MemberRequest, name: str) -> HttpResponse:
    """One of the tables for a spreadsheet."""
    if name not in TABLES:
        raise NotFound("There is no such table.")
    found = report(request.member.workspace, _days(request))
    response = HttpResponse(as_csv(found, name), content_type="text/csv; charset=utf-8")
    file = f"{name}-{found.first}-{found.last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


@member
@require_POST
def keep(request: MemberRequest) -> HttpResponse:
    """Write the figures down as a document, to be kept, shared and printed."""
    found = report(request.member.workspace, _days(request))
    document = create_document(
        actor=request.member.actor,
        title=f"Report, {found.first:%-d %b} to {found.last:%-d %b %Y}",
        content=as_markdown(found),
        kind=Document.Kind.RESEARCH,
    )
    return HttpResponseRedirect(reverse("documents:detail", args=[document.pk]))


def _days(request: HttpRequest) -> int:
    """The span that is asked for, if it is one that is offered."""
    asked = request.POST.get("days") or request.GET.get("days", "")
    return int(asked) if asked in map(str, SPANS) else USUAL


def _figures(found: Report) -> list[Figure]:
    now, before = found.totals, found.before
    cycle = now.cycle_median_s, before.cycle_median_s
    return [
        Figure(
            "Tasks done",
            "circle-check",
            amount(now.done),
            f"{amount(now.created)} made",
            _change(now.done, before.done),
            wish=1,
        ),
        Figure(
            "Cycle time",
            "timer",
            _or_dash(now.cycle_median_s, span),
            "" if now.cycle_p90_s is None else f"9 of 10 in {span(now.cycle_p90_s)}",
            _change(*cycle),
            wish=-1,
        ),
        Figure(
            "Runs that succeed",
            "workflow",
            _or_dash(now.success, lambda share: f"{share:.0%}"),
            f"of {amount(now.succeeded + now.failed)} ended",
            _change(now.success, before.success),
            wish=1,
        ),
        Figure(
            "Tokens",
            "text",
            amount(now.tokens),
            f"{amount(now.calls)} calls",
            _change(now.tokens, before.tokens),
        ),
        Figure(
            "Cost",
            "coins",
            money(now.cost),
            "" if now.cost_of_one is None else f"{money(now.cost_of_one)} a task",
            _change(now.cost, before.cost),
        ),
    ]


def _or_dash(value: float | None, words: Callable[[float], str]) -> str:
    return "\N{EN DASH}" if value is None else words(value)


def _change(now: float | None, before: float | None) -> int | None:
    """By how many percent it went up or down; None where there was nothing before."""
    if not before or now is None:
        return None
    percent = 100 * (now - before) / before
    return round(percent) if abs(percent) >= STEADY else 0


def _charts(days: list[Day]) -> list[dict[str, Any]]:
    x = [_noon(day.day) for day in days]

    def chart(title: str, *series: tuple[str, str, list[float]]) -> dict[str, Any]:
        lines = [{"label": name, "tone": tone, "values": values} for name, tone, values in series]
        empty = not any(any(line["values"]) for line in lines)
        return {"title": title, "data": {"x": x, "series": lines}, "empty": empty}

    return [
        chart(
            "Tasks done and made a day",
            ("Done", "green", [day.done for day in days]),
            ("Made", "gray", [day.created for day in days]),
        ),
        chart(
            "Cycle time, median in minutes",
            ("Minutes", "indigo", [(day.cycle_s or 0) / 60 for day in days]),
        ),
        chart(
            "Runs a day",
            ("Succeeded", "blue", [day.succeeded for day in days]),
            ("Failed", "red", [day.failed for day in days]),
        ),
        chart("Tokens a day", ("Tokens", "primary", [day.tokens for day in days])),
        chart("Cost a day, in $", ("Cost", "amber", [day.cost / 1_000_000 for day in days])),
        chart("Work sent back a day", ("Sent back", "orange", [day.sent_back for day in days])),
    ]


def _noon(day: date) -> int:
    zone = timezone.get_current_timezone()
    return int(datetime.combine(day, time(12), tzinfo=zone).timestamp())
