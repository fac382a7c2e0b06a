"""What this room takes from programs and gives to them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from core.api.fields import Choice, Flag, Free, Id, Input, ListQuery, Text, Whole, ordering
from core.api.schema import Answer, names_of
from modules.models import AIModel, Call

KINDS = [str(kind) for kind in AIModel.Kind.values]
PROVIDERS = [str(provider) for provider in AIModel.Provider.values]


class ModelQuery(ListQuery):
    kind = Choice(choices=KINDS, required=False)
    provider = Choice(choices=PROVIDERS, required=False)
    enabled = Flag(required=False)


class CallQuery(ListQuery):
    model = Id(required=False)
    agent = Id(required=False)
    run = Id(required=False)
    task = Id(required=False)
    status = Choice(choices=[str(status) for status in Call.Status.values], required=False)
    ordering, orders = ordering({"created_at": "created_at", "cost": "cost"}, "-created_at")


class ModelChange(Input):
    name = Text(max_length=80, required=False)
    provider = Choice(choices=PROVIDERS, required=False)
    model_id = Text(max_length=120, required=False, help_text="The provider's own name for it")
    kind = Choice(choices=KINDS, required=False)
    base_url = Text(max_length=200, blank=True, required=False)
    api_key = Text(
        max_length=500, blank=True, required=False, help_text="Encrypted; never given out again"
    )
    input_price = Whole(most=10**12, required=False, help_text="Microdollars per million tokens")
    output_price = Whole(most=10**12, required=False, help_text="Microdollars per million tokens")
    context_window = Whole(least=1_000, most=100_000_000, required=False)
    max_output_tokens = Whole(least=16, most=10_000_000, required=False)
    timeout_s = Whole(least=5, most=1_800, required=False)
    options = Free(required=False)
    is_default = Flag(required=False)
    enabled = Flag(required=False)
    example = {"name": "Small and cheap", "input_price": 150_000, "output_price": 600_000}


class ModelInput(ModelChange):
    name = Text(max_length=80)
    provider = Choice(choices=PROVIDERS)


class ModelAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    provider = serializers.ChoiceField(choices=PROVIDERS)
    model_id = serializers.CharField()
    base_url = serializers.CharField(allow_blank=True)
    has_key = serializers.BooleanField()
    input_price = serializers.IntegerField()
    output_price = serializers.IntegerField()
    context_window = serializers.IntegerField()
    max_output_tokens = serializers.IntegerField()
    timeout_s = serializers.IntegerField()
    options = serializers.DictField()
    is_default = serializers.BooleanField()
    enabled = serializers.BooleanField()
    from_environment = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class VerdictAnswer(Answer):
    ok = serializers.BooleanField()
    sentence = serializers.CharField(help_text="How it went, and what to mend")
    code = serializers.CharField(allow_blank=True)


class CallAnswer(Answer):
    id = serializers.UUIDField()
    model = serializers.UUIDField(allow_null=True)
    model_name = serializers.CharField()
    agent = serializers.UUIDField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    task = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=[str(status) for status in Call.Status.values])
    error_code = serializers.CharField(allow_blank=True)
    attempts = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Microdollars")
    latency_ms = serializers.IntegerField()
    first_token_ms = serializers.IntegerField(allow_null=True)
    simulated = serializers.BooleanField()
    created_at = serializers.DateTimeField()


# --- how it is made --------------------------------------------------------------------------

_MODEL = names_of(ModelAnswer)
_CALL = names_of(CallAnswer)


def model_of(model: AIModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in _MODEL}


def calls_of(rows: QuerySet[Call]) -> list[dict[str, Any]]:
    """The entries of the ledger as they are sent. One query."""
    return [dict(zip(_CALL, row, strict=True)) for row in rows.values_list(*_CALL)]
