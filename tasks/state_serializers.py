"""What WORKING.md and the roadmap import take from programs and give to them."""

from rest_framework import serializers

from core.api.fields import (
    Flag,
    Input,
    Text,
    Whole,
)
from core.api.schema import ActorAnswer, Answer
from tasks.roadmap.checks import MAX_BYTES

MAX_PAGE = 1_000_000


class WorkingInput(Input):
    text = Text(max_length=MAX_PAGE, blank=True)
    base_text = Text(
        max_length=MAX_PAGE, blank=True, required=False, help_text="The page as it was read"
    )
    note = Text(max_length=200, blank=True, required=False)
    example = {"text": "# Harbour\n", "base_text": "# Harbour\n", "note": "Tidied up"}


class WorkingRestoreInput(Input):
    version = Whole(least=1)
    example = {"version": 1}


class RoadmapInput(Input):
    text = Text(max_length=MAX_BYTES, help_text="Markdown")
    title = Text(max_length=180, blank=True, required=False)
    dry_run = Flag(required=False, help_text="Say what would be done, and change nothing")


class WorkingAnswer(Answer):
    text = serializers.CharField()
    etag = serializers.CharField(help_text="Goes into If-Match")
    version = serializers.IntegerField(help_text="The newest stored one, 0 before the first")
    event_number = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class IgnoredAnswer(Answer):
    line = serializers.IntegerField()
    text = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class WrittenAnswer(Answer):
    version = serializers.IntegerField()
    applied = serializers.ListField(child=serializers.CharField())
    ignored = IgnoredAnswer(many=True)
    text = serializers.CharField()
    etag = serializers.CharField()


class WorkingVersionRow(Answer):
    number = serializers.IntegerField()
    author = ActorAnswer()
    note = serializers.CharField(allow_blank=True)
    event_number = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class WorkingVersionAnswer(WorkingVersionRow):
    text = serializers.CharField()


class ImportAnswer(Answer):
    title = serializers.CharField()
    dry_run = serializers.BooleanField()
    created = serializers.ListField(child=serializers.DictField())
    updated = serializers.ListField(child=serializers.DictField())
    kept = serializers.ListField(child=serializers.DictField())
    unchanged = serializers.IntegerField()
    document = serializers.UUIDField(allow_null=True)
    not_understood = serializers.ListField(child=serializers.DictField())
    counts = serializers.DictField(child=serializers.IntegerField())
    tree = serializers.DictField(help_text="The plan as it was read")
