"""What was done, by whom, how fast and for how much, over a span of days."""

from dashboard.analytics.report import SPANS, Agents, Day, Models, Report, Totals, report

__all__ = ["SPANS", "Agents", "Day", "Models", "Report", "Totals", "report"]
