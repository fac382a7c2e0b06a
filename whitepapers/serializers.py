"""What this room gives to programs."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from core.api.fields import Choice, Flag, Input, ListQuery, Query, Text, Whole, ordering
from core.api.schema import ActorAnswer, Answer
from whitepapers.actions import MAX_CONTENT, MAX_LINE, MAX_SUMMARY
from whitepapers.models import Whitepaper, WhitepaperVersion

STATUSES = [str(status) for status in Whitepaper.Status.values]


class PaperQuery(ListQuery):
    status = Choice(choices=STATUSES, required=False)
    ordering, orders = ordering({"updated_at": "updated_at", "title": "title"}, "title")


class PaperInput(Input):
    title = Text(max_length=MAX_LINE)
    subtitle = Text(max_length=MAX_LINE, blank=True, required=False)
    authors = Text(max_length=MAX_LINE, blank=True, required=False)
    summary = Text(max_length=MAX_SUMMARY, blank=True, required=False)
    content = Text(max_length=MAX_CONTENT, blank=True, required=False, help_text="Markdown")


class PaperChange(Input):
    title = Text(max_length=MAX_LINE, required=False)
    subtitle = Text(max_length=MAX_LINE, blank=True, required=False)
    authors = Text(max_length=MAX_LINE, blank=True, required=False)
    summary = Text(max_length=MAX_SUMMARY, blank=True, required=False)
    content = Text(max_length=MAX_CONTENT, blank=True, required=False, help_text="Markdown")
    note = Text(max_length=MAX_LINE, blank=True, required=False, help_text="What was changed")
    example = {"summary": "Two lights, and why not three.", "note": "Shorter"}


class PublishInput(Input):
    public = Flag(
        required=False, default=False, help_text="Readable without an account, by its address"
    )
    example = {"public": False}


class PaperRestoreInput(Input):
    version = Whole(least=1)
    example = {"version": 1}


class DiffQuery(Query):
    against = Whole(required=False, help_text="Another version than the one before; 0 for none")


class PaperRow(Answer):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    subtitle = serializers.CharField(allow_blank=True)
    authors = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=STATUSES)
    public = serializers.BooleanField(help_text="Readable without an account once published")
    version = serializers.IntegerField()
    simulated = serializers.BooleanField(help_text="Written by the simulated model")
    created_by = ActorAnswer()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)


class PaperAnswer(PaperRow):
    content = serializers.CharField(help_text="Markdown", allow_blank=True)


class PaperVersionRow(Answer):
    number = serializers.IntegerField()
    title = serializers.CharField()
    author = ActorAnswer()
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class PaperVersionAnswer(PaperVersionRow):
    subtitle = serializers.CharField(allow_blank=True)
    authors = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    content = serializers.CharField(allow_blank=True)


class DiffAnswer(Answer):
    number = serializers.IntegerField()
    against = serializers.IntegerField()
    added = serializers.IntegerField(help_text="Lines")
    removed = serializers.IntegerField(help_text="Lines")
    unified = serializers.CharField(
        allow_blank=True, help_text="The difference as programs read it"
    )


# --- how it is made --------------------------------------------------------------------------

_OWN = (
    *("id", "slug", "title", "subtitle", "authors", "summary", "status", "public", "version"),
    *("simulated", "created_at", "updated_at", "published_at"),
)
_ACTOR = ("id", "handle", "name", "kind")


def papers_of(rows: QuerySet[Whitepaper], *, content: bool = False) -> list[dict[str, Any]]:
    """The papers as they are sent, with their text if asked for. One query."""
    own = (*_OWN, *(("content",) if content else ()))
    by = tuple(f"created_by__{name}" for name in _ACTOR)
    return [
        {
            **dict(zip(own, row, strict=False)),
            "created_by": dict(zip(_ACTOR, row[len(own) :], strict=True)),
        }
        for row in rows.values_list(*own, *by)
    ]


def versions_of(
    rows: QuerySet[WhitepaperVersion], *, content: bool = False
) -> list[dict[str, Any]]:
    """The versions as they are sent. One query."""
    words = ("subtitle", "authors", "summary", "content")
    own = ("number", "title", "note", "created_at", *(words if content else ()))
    by = tuple(f"author__{name}" for name in _ACTOR)
    return [
        {
            **dict(zip(own, row, strict=False)),
            "author": dict(zip(_ACTOR, row[len(own) :], strict=True)),
        }
        for row in rows.values_list(*own, *by)
    ]
