"""Whitepapers for programs."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.urls import path

from accounts.endpoint import Endpoint
from core.api.pages import ordered
from core.api.schema import op
from core.errors import NotFound
from whitepapers import actions
from whitepapers.models import Whitepaper
from whitepapers.printing import pdf_of
from whitepapers.serializers import (
    PaperAnswer,
    PaperChange,
    PaperInput,
    PaperQuery,
    PaperRow,
    PublishInput,
    papers_of,
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
    path("whitepapers/<slug:slug>/pdf", Printing.as_view()),
    path("whitepapers/<slug:slug>/publish", Publishing.as_view()),
    path("whitepapers/<slug:slug>/unpublish", Unpublishing.as_view()),
]
