"""Whitepapers for programs."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.urls import path

from accounts.endpoint import Endpoint
from core.api.fields import ListQuery
from core.api.pages import ordered
from core.api.schema import op
from core.diff import compare
from core.errors import NotFound
from whitepapers import actions
from whitepapers.models import Whitepaper
from whitepapers.printing import pdf_of
from whitepapers.serializers import (
    DiffAnswer,
    DiffQuery,
    PaperAnswer,
    PaperChange,
    PaperInput,
    PaperQuery,
    PaperRestoreInput,
    PaperRow,
    PaperVersionAnswer,
    PaperVersionRow,
    PublishInput,
    papers_of,
    versions_of,
)

_EXAMPLE = {
    "title": "How the harbour is lit",
    "summary": "Two lights, and why not three.",
    "content": "## Lights\n\nTwo of them.",
}


class PaperEndpoint(Endpoint):
    """What the endpoints of one paper share."""

    tag = "whitepapers"
    logged = True

    def paper(self, slug: str) -> Whitepaper:
        return self.fetch(Whitepaper.objects.select_related("workspace"), slug=slug)

    def answer(self, slug: str, status: int = 200) -> Any:
        rows = Whitepaper.objects.filter(workspace=self.workspace, slug=slug)
        found = papers_of(rows, content=True)
        if not found:
            raise NotFound("There is no such thing in this workspace.")
        return self.versioned(found[0], found[0]["version"], status)


class Papers(PaperEndpoint):
    needs = {"GET": "read", "POST": "work"}

    @op("listWhitepapers", query=PaperQuery, page_of=PaperRow)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The whitepapers, without their text."""
        rows = Whitepaper.objects.filter(workspace=self.workspace)
        if "status" in query:
            rows = rows.filter(status=query["status"])
        return self.page(
            ordered(rows, dict(PaperQuery.orders), query["ordering"]), papers_of, query
        )

    @op("createWhitepaper", takes=PaperInput, gives=PaperAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """A new whitepaper, a draft. It is named by a slug made of its title."""
        paper = actions.create_whitepaper(actor=self.actor, words=actions.Words(**data))
        return self.answer(paper.slug, 201)


class OnePaper(PaperEndpoint):
    needs = {"GET": "read", "PATCH": "work"}

    @op("getWhitepaper", gives=PaperAnswer)
    def get(self, request: Any, slug: str) -> Any:
        """A whitepaper with its text."""
        return self.answer(slug)

    @op("changeWhitepaper", takes=PaperChange, gives=PaperAnswer, guarded=True)
    def patch(self, request: Any, slug: str, data: dict[str, Any]) -> Any:
        """A new version that differs in what is named. Every version is kept."""
        paper = self.paper(slug)
        note = data.pop("note", "")
        actions.edit_whitepaper(
            actor=self.actor,
            paper=paper,
            words=replace(actions.words_of(paper), **data),
            note=note,
            expected_version=self.wanted_version,
        )
        return self.answer(slug)


class Versions(PaperEndpoint):
    needs = {"GET": "read"}

    @op("listWhitepaperVersions", query=ListQuery, page_of=PaperVersionRow)
    def get(self, request: Any, slug: str, query: dict[str, Any]) -> Any:
        """Every version of a whitepaper, the newest first, without the texts."""
        return self.page(self.paper(slug).versions.order_by("-number"), versions_of, query)


class OneVersion(PaperEndpoint):
    needs = {"GET": "read"}

    @op("getWhitepaperVersion", gives=PaperVersionAnswer)
    def get(self, request: Any, slug: str, number: int) -> Any:
        """One version with its text."""
        found = versions_of(self.paper(slug).versions.filter(number=number), content=True)
        if not found:
            raise NotFound(f"There is no version {number}.")
        return found[0]


class Comparing(PaperEndpoint):
    needs = {"GET": "read"}

    @op("compareWhitepaperVersions", query=DiffQuery, gives=DiffAnswer)
    def get(self, request: Any, slug: str, number: int, query: dict[str, Any]) -> Any:
        """What a version changed, against the one before it or another."""
        texts = dict(self.paper(slug).versions.values_list("number", "content"))
        against = query.get("against", number - 1)
        if number not in texts or (against and against not in texts):
            raise NotFound("There is no such version.")
        diff = compare(texts.get(against, ""), texts[number])
        figures = {"added": diff.added, "removed": diff.removed, "unified": diff.unified}
        return {"number": number, "against": against, **figures}


class Restoring(PaperEndpoint):
    needs = {"POST": "work"}

    @op("restoreWhitepaper", takes=PaperRestoreInput, gives=PaperAnswer)
    def post(self, request: Any, slug: str, data: dict[str, int]) -> Any:
        """Make an earlier version the newest again; those between stay in the history."""
        paper = self.paper(slug)
        actions.restore_whitepaper(actor=self.actor, paper=paper, number=data["version"])
        return self.answer(slug)


class Printing(PaperEndpoint):
    needs = {"GET": "read"}

    @op("printWhitepaper", gives=bytes, media_type="application/pdf")
    def get(self, request: Any, slug: str) -> Any:
        """A whitepaper as PDF."""
        return HttpResponse(pdf_of(self.paper(slug)), content_type="application/pdf")


class Publishing(PaperEndpoint):
    needs = {"POST": "decide"}

    @op("publishWhitepaper", takes=PublishInput, gives=PaperAnswer)
    def post(self, request: Any, slug: str, data: dict[str, Any]) -> Any:
        """Publish a whitepaper within the workspace, or for everybody who has its address."""
        actions.publish_whitepaper(actor=self.actor, paper=self.paper(slug), public=data["public"])
        return self.answer(slug)


class Unpublishing(PaperEndpoint):
    needs = {"POST": "decide"}

    @op("unpublishWhitepaper", gives=PaperAnswer)
    def post(self, request: Any, slug: str) -> Any:
        """Make a whitepaper a draft again; its public address stops working at once."""
        actions.unpublish_whitepaper(actor=self.actor, paper=self.paper(slug))
        return self.answer(slug)


urlpatterns = [
    path("whitepapers", Papers.as_view()),
    path("whitepapers/<slug:slug>", OnePaper.as_view()),
    path("whitepapers/<slug:slug>/versions", Versions.as_view()),
    path("whitepapers/<slug:slug>/versions/<int:number>", OneVersion.as_view()),
    path("whitepapers/<slug:slug>/versions/<int:number>/diff", Comparing.as_view()),
    path("whitepapers/<slug:slug>/restore", Restoring.as_view()),
    path("whitepapers/<slug:slug>/pdf", Printing.as_view()),
    path("whitepapers/<slug:slug>/publish", Publishing.as_view()),
    path("whitepapers/<slug:slug>/unpublish", Unpublishing.as_view()),
]
