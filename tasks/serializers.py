"""What the board takes from programs and gives to them."""

from rest_framework import serializers

from core.api.fields import (
    EXAMPLE_ID,
    Choice,
    Flag,
    Id,
    Input,
    ListQuery,
    Many,
    Moment,
    Number,
    Text,
    Whole,
    ordering,
)
from core.api.schema import ActorAnswer, Answer
from tasks.actions.editing import MAX_DESCRIPTION, MAX_ITEMS
from tasks.actions.talking import MAX_BODY, SIGNS
from tasks.models import Evidence, Message, Review, Task

STATUSES = [str(status) for status in Task.Status.values]
KINDS = [str(kind) for kind in Task.Kind.values]
PRIORITIES = [int(priority) for priority in Task.Priority.values]
SAID = [str(kind) for kind in Message.Kind.values]


# --- what is taken -------------------------------------------------------------------------


class TaskQuery(ListQuery):
    status = Many(Choice(choices=STATUSES), max_length=5, required=False)
    kind = Many(Choice(choices=KINDS), max_length=4, required=False)
    priority = Choice(choices=PRIORITIES, required=False)
    number = Whole(required=False, help_text="12 for TASK-012")
    assignee = Id(required=False, help_text="An actor")
    unassigned = Flag(required=False, help_text="Those that nobody has, or somebody has")
    creator = Id(required=False, help_text="An actor")
    reviewer = Id(required=False, help_text="An actor")
    parent_task = Id(required=False)
    depends_on = Id(required=False, help_text="Those that wait for this task")
    blocked = Flag(required=False)
    search = Text(required=False, max_length=100, help_text="Words in title and description")
    updated_after = Moment(required=False)
    due_before = Moment(required=False)
    ordering, orders = ordering(
        {
            "number": "number",
            "priority": "priority",
            "position": "position",
            "due_at": "due_at",
            "created_at": "created_at",
            "updated_at": "updated_at",
            "moved_at": "moved_at",
        },
        "number",
    )


class TaskInput(Input):
    title = Text(max_length=200)
    description = Text(max_length=MAX_DESCRIPTION, blank=True, required=False, help_text="Markdown")
    kind = Choice(choices=KINDS, required=False)
    priority = Choice(
        choices=PRIORITIES, required=False, help_text="0 low, 1 normal, 2 high, 3 urgent"
    )
    parent_task = Id(required=False, allow_null=True)
    assignee_ids = Many(Id(), max_length=50, required=False, help_text="Actors")
    depends_on = Many(Id(), max_length=100, required=False, help_text="Tasks")
    needs = Many(Text(max_length=60), max_length=30, required=False, help_text="Capabilities")
    criteria = Many(Text(max_length=500), max_length=MAX_ITEMS, required=False)
    checklist = Many(Text(max_length=500), max_length=MAX_ITEMS, required=False)
    due_at = Moment(required=False, allow_null=True)
    estimate_low = Number(least=0, most=100_000, required=False, allow_null=True, help_text="Hours")
    estimate_high = Number(
        least=0, most=100_000, required=False, allow_null=True, help_text="Hours"
    )


class ChecklistItem(Input):
    text = Text(max_length=500)
    done = Flag(required=False)


class Criterion(Input):
    text = Text(max_length=500)
    met = Flag(required=False)
    where = Text(max_length=500, blank=True, required=False)


class TaskChange(Input):
    title = Text(max_length=200, required=False)
    description = Text(max_length=MAX_DESCRIPTION, blank=True, required=False)
    kind = Choice(choices=KINDS, required=False)
    priority = Choice(choices=PRIORITIES, required=False)
    parent_task = Id(required=False, allow_null=True)
    reviewer = Id(required=False, allow_null=True, help_text="An actor")
    depends_on = Many(
        Id(), max_length=100, required=False, help_text="All the tasks that it waits for"
    )
    needs = Many(Text(max_length=60), max_length=30, required=False)
    criteria = Many(Criterion(), max_length=MAX_ITEMS, required=False)
    checklist = Many(ChecklistItem(), max_length=MAX_ITEMS, required=False)
    due_at = Moment(required=False, allow_null=True)
    estimate_low = Number(least=0, most=100_000, required=False, allow_null=True)
    estimate_high = Number(least=0, most=100_000, required=False, allow_null=True)
    example = {"title": "Light both lamps", "priority": 2, "due_at": "2030-01-31T12:00:00Z"}


class AssignInput(Input):
    assignee_ids = Many(
        Id(),
        max_length=50,
        required=False,
        help_text="Actors; none given: the agent that fits best; empty: nobody",
    )
    why = Text(max_length=300, blank=True, required=False)
    example = {"assignee_ids": [EXAMPLE_ID], "why": "Knows the lamps"}


class StatusInput(Input):
    status = Choice(choices=STATUSES)
    reason = Text(max_length=500, blank=True, required=False)
    before = Id(required=False, help_text="The task that will follow it in its column")
    after = Id(required=False, help_text="The task that it will follow")


class DependencyInput(Input):
    needs = Id(help_text="The task to wait for")
    example = {"needs": EXAMPLE_ID}


class BlockInput(Input):
    reason = Text(max_length=300)
    waits_on = Id(required=False, allow_null=True, help_text="The actor who can unblock it")
    example = {"reason": "The oil has not come yet."}


class NoteInput(Input):
    note = Text(max_length=500, blank=True, required=False)
    example = {"note": "The oil is here."}


class TickInput(Input):
    items = Many(Whole(most=MAX_ITEMS), max_length=MAX_ITEMS, help_text="Counted from 0")
    done = Flag(required=False)
    example = {"items": [0], "done": True}


class EvidenceInput(Input):
    summary = Text(max_length=500)
    document = Id(required=False)
    attachment = Id(required=False)
    kind = Choice(choices=["check", "statement"], required=False)
    example = {"summary": "Both lamps burn: seen from the mole at 21:40.", "kind": "check"}


class SubmitInput(Input):
    summary = Text(max_length=500, blank=True, required=False)
    document_ids = Many(Id(), max_length=50, required=False, help_text="What shows it is done")
    reviewer = Id(required=False, help_text="An actor; none given: the one with the least to do")
    example = {"summary": "Both lamps burn.", "document_ids": [EXAMPLE_ID]}


class CheckedInput(Input):
    criterion = Text(max_length=500)
    met = Flag()
    where = Text(max_length=500, blank=True, help_text="Where it can be seen")


class ReviewInput(Input):
    verdict = Choice(choices=["approve", "send_back"])
    reason = Text(max_length=5000, blank=True, required=False)
    checked = Many(CheckedInput(), max_length=MAX_ITEMS, required=False)


class MessageQuery(ListQuery):
    kind = Choice(choices=SAID, required=False)
    author = Id(required=False, help_text="An actor")
    open = Flag(required=False, help_text="Questions that nobody has answered")
    search = Text(required=False, max_length=100)
    ordering, orders = ordering({"created_at": "created_at"}, "created_at")


class MessageInput(Input):
    body = Text(max_length=MAX_BODY, help_text="Markdown; @handles are told")
    kind = Choice(choices=SAID, required=False)
    reply_to = Id(required=False, help_text="A message of the same task")
    asked = Id(required=False, help_text="The actor whom a question is for")


class BodyInput(Input):
    body = Text(max_length=MAX_BODY)
    example = {"body": "The left lamp is out. @technical, can you look?"}


class SignInput(Input):
    sign = Choice(choices=list(SIGNS))
    example = {"sign": SIGNS[0]}


class FileInput(Input):
    file = serializers.FileField(allow_empty_file=True, max_length=200)
    example = {"file": "left lamp: out\nright lamp: on\n"}


class AskInput(Input):
    token = Whole(least=0, help_text="As the heartbeat gave it")
    question = Text(max_length=MAX_BODY)
    whom = Id(required=False, help_text="An actor; none given: the task's creator or a steward")
    example = {"token": 1, "question": "Which of the two lamps comes first?"}


# --- what is given ---------------------------------------------------------------------------


class ChecklistAnswer(Answer):
    text = serializers.CharField()
    done = serializers.BooleanField()


class CriterionAnswer(Answer):
    text = serializers.CharField()
    met = serializers.BooleanField()
    where = serializers.CharField(allow_blank=True)


class TaskAnswer(Answer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    key = serializers.CharField(help_text="Such as TASK-012")
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS)
    status = serializers.ChoiceField(choices=STATUSES)
    priority = serializers.ChoiceField(choices=PRIORITIES)
    parent_task = serializers.UUIDField(allow_null=True)
    creator = ActorAnswer()
    assignees = ActorAnswer(many=True)
    reviewer = ActorAnswer(allow_null=True)
    depends_on = serializers.ListField(child=serializers.UUIDField())
    needs = serializers.ListField(child=serializers.CharField())
    checklist = ChecklistAnswer(many=True)
    criteria = CriterionAnswer(many=True)
    estimate_low = serializers.FloatField(allow_null=True)
    estimate_high = serializers.FloatField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    position = serializers.FloatField()
    blocked_reason = serializers.CharField(allow_blank=True)
    blocked_on = ActorAnswer(allow_null=True)
    blocked_at = serializers.DateTimeField(allow_null=True)
    retry_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()
    sent_back = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Raised by every change; goes into If-Match")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    moved_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class WhyAnswer(Answer):
    code = serializers.CharField(help_text="One word for programs")
    sentence = serializers.CharField(help_text="What it waits for")
    moves = serializers.CharField(help_text="What would move it")
    waits_for = serializers.ListField(child=serializers.CharField())


class DependencyAnswer(Answer):
    id = serializers.UUIDField(help_text="The task that is waited for")
    number = serializers.IntegerField()
    key = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)


class EvidenceAnswer(Answer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[str(kind) for kind in Evidence.Kind.values])
    summary = serializers.CharField(allow_blank=True)
    document = serializers.UUIDField(allow_null=True)
    document_version = serializers.IntegerField(allow_null=True)
    attachment = serializers.UUIDField(allow_null=True)
    submitted_by = ActorAnswer()
    created_at = serializers.DateTimeField()


class ReviewAnswer(Answer):
    id = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=[str(one) for one in Review.Verdict.values])
    reason = serializers.CharField(allow_blank=True)
    reviewer = ActorAnswer()
    checked = serializers.ListField(child=serializers.DictField())
    evidence = serializers.ListField(child=serializers.UUIDField())
    run = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class ReactionAnswer(Answer):
    sign = serializers.CharField()
    actor = ActorAnswer()


class AttachmentAnswer(Answer):
    id = serializers.UUIDField()
    message = serializers.UUIDField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes")
    digest = serializers.CharField(help_text="SHA-256")
    created_at = serializers.DateTimeField()


class MessageAnswer(Answer):
    id = serializers.UUIDField()
    task = serializers.UUIDField()
    author = ActorAnswer()
    kind = serializers.ChoiceField(choices=SAID)
    body = serializers.CharField()
    reply_to = serializers.UUIDField(allow_null=True)
    asked = ActorAnswer(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    simulated = serializers.BooleanField()
    reactions = ReactionAnswer(many=True)
    attachments = AttachmentAnswer(many=True)
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class ReactedAnswer(Answer):
    there = serializers.BooleanField(help_text="Whether your sign is there now")
