"""Whom one may mean while writing: the list under an @, and those to tick."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.colleagues import colleagues, everyone
from accounts.guards import MemberRequest, member

LONGEST = 39


@member
@require_GET
def mentions(request: MemberRequest) -> HttpResponse:
    """Those whose handle or name begins like `q`, for the list under an @."""
    begins = request.GET.get("q", "")[:LONGEST]
    found = (
        everyone(request.member.workspace)
        .filter(Q(handle__istartswith=begins) | Q(name__istartswith=begins))
        .order_by("kind", "handle")[:8]
    )
    return render(request, "tasks/_mentions.html", {"actors": found})


@member
@require_GET
def people(request: MemberRequest) -> HttpResponse:
    """Those ticked so far, and whoever goes by `q`, to be ticked."""
    ticked = request.GET.getlist("assignees")
    q = request.GET.get("q", "").strip().lstrip("@")[:LONGEST]
    found = colleagues(request.member.workspace, q=q, first=ticked)
    return render(request, "tasks/_people_rows.html", {"people": found, "ticked": ticked})
