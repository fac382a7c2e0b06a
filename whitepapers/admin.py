"""Whitepapers in the admin: looked at, published, withdrawn. Their words change on screen."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.actions import system_actor
from accounts.models import Actor, Membership
from core.admin import ReadOnlyAdmin
from core.errors import MCError
from whitepapers import actions as verbs
from whitepapers.models import Whitepaper, WhitepaperVersion


@admin.register(Whitepaper)
class WhitepaperAdmin(ReadOnlyAdmin):
    list_display = ["title", "workspace", "status", "public", "version", "updated_at"]
    list_filter = ["status", "public", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["title", "slug"]
    actions = ["publish", "publish_for_all", "withdraw"]

    @admin.action(description="Publish for the workspace")
    def publish(self, request: HttpRequest, rows: QuerySet[Whitepaper]) -> None:
        _each(request, rows, verbs.publish_whitepaper)

    @admin.action(description="Publish for everybody who has the address")
    def publish_for_all(self, request: HttpRequest, rows: QuerySet[Whitepaper]) -> None:
        _each(request, rows, verbs.publish_whitepaper, public=True)

    @admin.action(description="Make drafts of them")
    def withdraw(self, request: HttpRequest, rows: QuerySet[Whitepaper]) -> None:
        _each(request, rows, verbs.unpublish_whitepaper)


@admin.register(WhitepaperVersion)
class WhitepaperVersionAdmin(ReadOnlyAdmin):
    list_display = ["whitepaper", "number", "author", "note", "created_at"]
    list_select_related = ["whitepaper", "author"]


def _each(
    request: HttpRequest,
    rows: QuerySet[Whitepaper],
    verb: Callable[..., Whitepaper],
    **how: bool,
) -> None:
    """Do it to each paper in the name of the person, where they are a member, or of the house."""
    if not request.user.is_superuser:  # who may only look at the admin changes nothing
        messages.error(request, "That takes a superuser.")
        return
    done = 0
    for paper in rows.select_related("workspace"):
        try:
            verb(actor=_actor(request, paper), paper=paper, **how)
            done += 1
        except MCError as error:
            messages.error(request, f"{paper.title}: {error.message}")
    messages.success(request, f"Papers changed: {done}")


def _actor(request: HttpRequest, paper: Whitepaper) -> Actor:
    mine = Membership.objects.filter(user=request.user.pk, workspace=paper.workspace_id)
    member = mine.select_related("actor__workspace").first()
    return member.actor if member else system_actor(paper.workspace)
