"""The figures of a workspace, for programs."""

from typing import Any

from django.urls import path

from accounts.endpoint import Endpoint
from core.api.schema import op
from dashboard.analytics import report
from dashboard.serializers import AnalyticsAnswer, AnalyticsQuery, analytics_of


class Analytics(Endpoint):
    tag = "analytics"
    needs = {"GET": "read"}

    @op("getAnalytics", query=AnalyticsQuery, gives=AnalyticsAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """What was done in the last days, by whom, how fast and for how much."""
        return analytics_of(report(self.workspace, query["days"]))


urlpatterns = [path("analytics", Analytics.as_view())]
