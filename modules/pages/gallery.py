"""The Creative Hub: every asset with its picture, prompt, price and parents."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may
from core.errors import MCError
from modules.assets import actions
from modules.assets.finding import find
from modules.assets.kinds import largest_mb
from modules.assets.uploading import take_upload
from modules.models import Asset, AssetTag

PAGE = 48
# Of what a file was made with: shown elsewhere, or of use to programs alone.
UNSAID = {"prompt", "operation", "peaks"}


@member
@require_GET
def gallery(request: MemberRequest) -> HttpResponse:
    """The assets that fit kind, words, tag and rating."""
    wanted = _wanted(request)
    rows = find(request.member.workspace, wanted).select_related("owner")
    page = Paginator(rows.order_by("-created_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    tags = AssetTag.objects.filter(asset__workspace=request.member.workspace)
    context = {
        "page": page,
        "wanted": wanted,
        "query": query.urlencode(),
        "kinds": Asset.Kind.choices,
        "tags": list(tags.order_by("name").values_list("name", flat=True).distinct()[:60]),
        "may_work": may(request.member.actor, "work"),
        "limit": largest_mb(),
    }
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "modules/_gallery.html" if part else "modules/gallery.html", context)


def _wanted(request: MemberRequest) -> dict[str, Any]:
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("kind", "tag", "search")}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value}
    if wanted.get("kind") not in Asset.Kind.values:
        wanted.pop("kind", None)
    if request.GET.get("least_rating", "") in set("12345"):
        wanted["least_rating"] = int(request.GET["least_rating"])
    return wanted


@member
@require_POST
def upload(request: MemberRequest) -> HttpResponse:
    """Take files in. Each that is refused is named with the reason."""
    for file in request.FILES.getlist("file"):
        try:
            asset = take_upload(request.member.actor, file)
        except MCError as error:
            messages.error(request, f"“{file.name}”: {error.message}")
        else:
            messages.success(request, f"“{asset.name}” is kept")
    return HttpResponseRedirect(reverse("modules:assets"))


@member
@require_GET
def asset(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One asset: what it is, what it came from, and what came from it."""
    rows = Asset.objects.select_related("owner", "job").prefetch_related(
        "tags", "parents", "children"
    )
    found = fetch(rows, request, pk=pk)
    context = {
        "asset": found,
        "made_of": {k: v for k, v in found.meta.items() if k not in UNSAID},
        "tags": ", ".join(tag.name for tag in found.tags.all()),
        "stars": range(1, 6),
        "may_work": may(request.member.actor, "work"),
    }
    return render(request, "modules/asset.html", context)


@member
@require_POST
def change(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Name, tags and rating."""
    rating = request.POST.get("rating", "")
    try:
        actions.change_asset(
            actor=request.member.actor,
            asset=fetch(Asset.objects.all(), request, pk=pk),
            name=request.POST.get("name"),
            rating=int(rating) if rating in set("12345") else None,
            unrate=rating == "0",
            tags=request.POST["tags"].split(",") if "tags" in request.POST else None,
        )
    except MCError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Saved")
    return HttpResponseRedirect(reverse("modules:asset", args=[pk]))


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take it away for good; the page has asked whether that is meant."""
    found = fetch(Asset.objects.all(), request, pk=pk)
    actions.delete_asset(actor=request.member.actor, asset=found)
    messages.success(request, f"“{found.name}” is deleted")
    return HttpResponseRedirect(reverse("modules:assets"))
