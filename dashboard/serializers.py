"""What the API takes and gives of the figures."""

from typing import Any

from rest_framework import serializers

from core.api.fields import Choice, Query
from core.api.schema import Answer, names_of
from dashboard.analytics import SPANS, Report


class AnalyticsQuery(Query):
    days = Choice(choices=SPANS, default=30, help_text="How many days, today included")


class Counts(Answer):
    created = serializers.IntegerField(help_text="Tasks made, phases left out")
    done = serializers.IntegerField(help_text="Tasks done, phases left out")
    sent_back = serializers.IntegerField(help_text="Reviews that refused the work")
    runs = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Failed or put into quarantine")
    calls = serializers.IntegerField(help_text="Questions put to models")
    tokens = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Microdollars")
    simulated = serializers.IntegerField(help_text="Of the calls, those to the simulated model")


class TotalsAnswer(Counts):
    cycle_median_s = serializers.FloatField(
        allow_null=True, help_text="From begun to done, in seconds"
    )
    cycle_p90_s = serializers.FloatField(allow_null=True, help_text="Nine of ten were within it")
    success = serializers.FloatField(
        allow_null=True, help_text="Of the runs that succeeded or failed, 0 to 1"
    )
    cost_of_one = serializers.IntegerField(
        allow_null=True, help_text="Microdollars for each task done"
    )


class DayAnswer(Counts):
    day = serializers.DateField()
    cycle_s = serializers.FloatField(allow_null=True, help_text="Median of what was done that day")


class AgentFigures(Answer):
    agent = serializers.UUIDField()
    handle = serializers.CharField()
    name = serializers.CharField()
    retired = serializers.BooleanField()
    done = serializers.IntegerField(help_text="Tasks done that it had a part in")
    sent_back = serializers.IntegerField()
    runs = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    mean_run_s = serializers.FloatField(allow_null=True)
    tokens = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Microdollars")


class ModelFigures(Answer):
    name = serializers.CharField()
    simulated = serializers.BooleanField()
    calls = serializers.IntegerField()
    failed = serializers.IntegerField()
    tokens = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Microdollars")
    latency_ms = serializers.IntegerField(help_text="Mean of the calls that succeeded")


class AnalyticsAnswer(Answer):
    first = serializers.DateField()
    last = serializers.DateField(help_text="Today")
    totals = TotalsAnswer()
    before = TotalsAnswer(help_text="The same of as many days before")
    days = DayAnswer(many=True)
    agents = AgentFigures(many=True)
    models = ModelFigures(many=True)


# --- how it is made --------------------------------------------------------------------------


def analytics_of(report: Report) -> dict[str, Any]:
    """The report as it is sent."""
    return {
        "first": report.first,
        "last": report.last,
        "totals": _named(TotalsAnswer, report.totals),
        "before": _named(TotalsAnswer, report.before),
        "days": [_named(DayAnswer, day) for day in report.days],
        "agents": [_named(AgentFigures, row) for row in report.agents],
        "models": [_named(ModelFigures, row) for row in report.models],
    }


def _named(answer: type[Answer], of: Any) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names_of(answer)}
