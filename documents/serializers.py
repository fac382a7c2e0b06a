"""What this room takes from programs and gives to them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from core.api.fields import Choice, Flag, Id, Input, ListQuery, Moment, Query, Text, Whole, ordering
from core.api.schema import ActorAnswer, Answer
from documents.actions import MAX_CONTENT, templates
from documents.actions.sharing import MAX_NAME
from documents.models import Document, Share, Template, Version
from documents.search import BEGIN, END, excerpts

KINDS = [str(kind) for kind in Document.Kind.values]
VISIBILITIES = [str(one) for one in Document.Visibility.values]
ROLES = [str(role) for role in Share.Role.values]
_PRIVATE = "private: for its author and those it is shared with"


class DocumentQuery(ListQuery):
    search = Text(required=False, max_length=200, help_text="Words; the best match first")
    kind = Choice(choices=KINDS, required=False)
    visibility = Choice(choices=VISIBILITIES, required=False)
    task = Id(required=False)
    created_by = Id(required=False, help_text="An actor")
    archived = Flag(required=False, default=False, help_text="Those put away, instead")
    ordering, orders = ordering(
        {"updated_at": "updated_at", "created_at": "created_at", "title": "title"}, "-updated_at"
    )


class PrintQuery(Query):
    version = Whole(least=1, required=False, help_text="Another than the newest")


class DocumentInput(Input):
    title = Text(max_length=200)
    template = Id(
        required=False, allow_null=True, help_text="Whose kind and text it has where none is given"
    )
    content = Text(max_length=MAX_CONTENT, blank=True, required=False, help_text="Markdown")
    kind = Choice(choices=KINDS, required=False)
    visibility = Choice(choices=VISIBILITIES, required=False, help_text=_PRIVATE)
    task = Id(required=False, allow_null=True)


class TemplateQuery(ListQuery):
    search = Text(required=False, max_length=200, help_text="In name or description")
    kind = Choice(choices=KINDS, required=False)
    ordering, orders = ordering({"name": "name", "updated_at": "updated_at"}, "name")


class TemplateInput(Input):
    name = Text(max_length=templates.MAX_NAME)
    kind = Choice(choices=KINDS)
    description = Text(max_length=templates.MAX_DESCRIPTION, blank=True, required=False)
    body = Text(max_length=templates.MAX_BODY, blank=True, required=False, help_text="Markdown")
    example = {"name": "Light list", "kind": "protocol", "body": "# Lights\n\n- [ ] Pier\n"}


class TemplateChange(TemplateInput):
    name = Text(max_length=templates.MAX_NAME, required=False)
    kind = Choice(choices=KINDS, required=False)
    example = {"description": "Which lamps burn"}


class DocumentReplacement(Input):
    title = Text(max_length=200)
    content = Text(max_length=MAX_CONTENT, blank=True)
    kind = Choice(choices=KINDS, required=False)
    note = Text(max_length=200, blank=True, required=False, help_text="What was changed")
    example = {"title": "How the harbour is lit", "content": "# Lights\n\nThree of them."}


class DocumentChange(Input):
    title = Text(max_length=200, required=False)
    content = Text(max_length=MAX_CONTENT, blank=True, required=False)
    kind = Choice(choices=KINDS, required=False)
    note = Text(max_length=200, blank=True, required=False, help_text="What was changed")
    visibility = Choice(choices=VISIBILITIES, required=False, help_text=_PRIVATE)
    archived = Flag(required=False, help_text="false takes it out again")
    example = {"content": "# Lights\n\nThree of them.", "note": "The third one counted"}


class RestoreInput(Input):
    version = Whole(least=1)
    example = {"version": 1}


class ShareInput(Input):
    kind = Choice(choices=["person", "link"])
    person = Id(required=False, help_text="The actor of a member, with kind person")
    role = Choice(choices=ROLES, required=False, help_text="A link is for reading")
    name = Text(max_length=MAX_NAME, blank=True, required=False, help_text="Whom a link is for")
    expires_at = Moment(required=False, allow_null=True)
    example = {"kind": "link", "name": "For the harbour master"}


class ShareChange(Input):
    role = Choice(choices=ROLES, required=False)
    name = Text(max_length=MAX_NAME, blank=True, required=False)
    expires_at = Moment(required=False, allow_null=True)
    example = {"expires_at": "2030-01-31T12:00:00Z"}


class DocumentRow(Answer):
    id = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    visibility = serializers.ChoiceField(choices=VISIBILITIES)
    version = serializers.IntegerField()
    task = serializers.UUIDField(allow_null=True)
    task_number = serializers.IntegerField(allow_null=True)
    created_by = ActorAnswer()
    simulated = serializers.BooleanField(help_text="Written by the simulated model")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)


class DocumentFound(DocumentRow):
    excerpt = serializers.CharField(
        allow_null=True, help_text="With search: where the words stand, each between ⟦ and ⟧"
    )


class DocumentAnswer(DocumentRow):
    content = serializers.CharField(help_text="Markdown", allow_blank=True)


class ShareAnswer(Answer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["person", "link"])
    person = ActorAnswer(allow_null=True)
    role = serializers.ChoiceField(choices=ROLES)
    name = serializers.CharField(allow_blank=True)
    created_by = ActorAnswer()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField(
        allow_null=True, help_text="When a link was last used, to the minute"
    )


class ShareMade(ShareAnswer):
    token = serializers.CharField(allow_null=True, help_text="Of a link; told this once")
    url = serializers.CharField(allow_null=True, help_text="Of a link; told this once")


class TemplateRow(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    description = serializers.CharField(allow_blank=True)
    created_by = ActorAnswer()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TemplateAnswer(TemplateRow):
    body = serializers.CharField(help_text="Markdown", allow_blank=True)


class VersionRow(Answer):
    number = serializers.IntegerField()
    title = serializers.CharField()
    author = ActorAnswer()
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class VersionAnswer(VersionRow):
    content = serializers.CharField(allow_blank=True)


# --- how it is made --------------------------------------------------------------------------

_OWN = (
    "id",
    "title",
    "kind",
    "visibility",
    "version",
    "task",
    "task_number",
    "simulated",
    "created_at",
    "updated_at",
    "archived_at",
)
_COLUMNS = (*_OWN[:6], "task__number", *_OWN[7:])
_ACTOR = ("id", "handle", "name", "kind")


def documents_of(rows: QuerySet[Document], *, content: bool = False) -> list[dict[str, Any]]:
    """The documents as they are sent, with their text if asked for. One query."""
    extra = ("content",) if content else ()
    by = tuple(f"created_by__{name}" for name in _ACTOR)
    found = []
    for row in rows.values_list(*_COLUMNS, *by, *extra):
        one = dict(zip(_OWN, row, strict=False))
        own = len(_OWN)
        one["created_by"] = dict(zip(_ACTOR, row[own : own + 4], strict=True))
        if content:
            one["content"] = row[own + 4]
        found.append(one)
    return found


def documents_found(rows: QuerySet[Document], *, words: str) -> list[dict[str, Any]]:
    """The documents as a list shows them, with an excerpt around the words. Two queries."""
    found = documents_of(rows)
    hits = excerpts([one["id"] for one in found], words)
    signs = str.maketrans({BEGIN: "⟦", END: "⟧"})
    for one in found:
        excerpt = hits.get(one["id"])
        one["excerpt"] = excerpt.translate(signs) if excerpt else None
    return found


def versions_of(rows: QuerySet[Version], *, content: bool = False) -> list[dict[str, Any]]:
    """The versions as they are sent. One query."""
    own = ("number", "title", "note", "created_at", *(("content",) if content else ()))
    by = tuple(f"author__{name}" for name in _ACTOR)
    return [
        {
            **dict(zip(own, row, strict=False)),
            "author": dict(zip(_ACTOR, row[len(own) :], strict=True)),
        }
        for row in rows.values_list(*own, *by)
    ]


_SHARE = ("id", "role", "name", "created_at", "expires_at", "opened_at")


def shares_of(rows: QuerySet[Share]) -> list[dict[str, Any]]:
    """The shares as they are sent. One query."""
    by = tuple(f"created_by__{name}" for name in _ACTOR)
    person = tuple(f"person__{name}" for name in _ACTOR)
    found = []
    for row in rows.values_list(*_SHARE, *by, *person):
        one = dict(zip(_SHARE, row, strict=False))
        maker, whom = row[len(_SHARE) : -len(_ACTOR)], row[-len(_ACTOR) :]
        one["kind"] = "link" if whom[0] is None else "person"
        one["created_by"] = dict(zip(_ACTOR, maker, strict=True))
        one["person"] = dict(zip(_ACTOR, whom, strict=True)) if whom[0] else None
        found.append(one)
    return found


def templates_of(rows: QuerySet[Template], *, body: bool = False) -> list[dict[str, Any]]:
    """The templates as they are sent, with their text if asked for. One query."""
    named = ("id", "name", "kind", "description", "created_at", "updated_at")
    own = (*named, "body") if body else named
    by = tuple(f"created_by__{name}" for name in _ACTOR)
    return [
        {
            **dict(zip(own, row, strict=False)),
            "created_by": dict(zip(_ACTOR, row[len(own) :], strict=True)),
        }
        for row in rows.values_list(*own, *by)
    ]
