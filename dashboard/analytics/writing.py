"""A report as others read it: tables for a spreadsheet, and a text for people."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.templatetags.ui import amount, money, span
from dashboard.analytics.report import Report

# A cell that begins so is taken for a formula by spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_DAYS = ("day", "created", "done", "sent_back", "cycle_s", "runs", "succeeded", "failed")
_USE = ("calls", "tokens", "cost")
_AGENTS = ("handle", "name", "done", "sent_back", "runs", "succeeded", "failed", "mean_run_s")

# What can be taken away as a table: its columns and its rows.
TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[Report], Iterable[Any]]]] = {
    "days": ((*_DAYS, *_USE), lambda report: report.days),
    "agents": ((*_AGENTS, "tokens", "cost"), lambda report: report.agents),
    "models": (
        ("name", "simulated", "calls", "failed", "tokens", "cost", "latency_ms"),
        lambda report: report.models,
    ),
}


def as_csv(report: Report, table: str) -> str:
    """One of `TABLES`, with a line of names. Times in seconds, cost in microdollars."""
    columns, rows = TABLES[table]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows(report):
        writer.writerow([_cell(getattr(row, name)) for name in columns])
    return text.getvalue()


def as_markdown(report: Report) -> str:
    """The report as a document: what was done, by whom and with which models."""
    totals = report.totals
    lines = [
        f"From {report.first:%Y-%m-%d} to {report.last:%Y-%m-%d}.",
        "",
        "| | | before |",
        "|---|---:|---:|",
        *(f"| {name} | {now} | {before} |" for name, now, before in _summary(report)),
        "",
    ]
    if totals.simulated:
        lines += [f"{totals.simulated} of {totals.calls} calls went to the simulated model.", ""]
    lines += ["## Agents", "", "| agent | done | sent back | runs | failed | tokens | cost |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {_plain(row.name)} (@{row.handle}) | {row.done} | {row.sent_back} | {row.runs} "
        f"| {row.failed} | {amount(row.tokens)} | {money(row.cost)} |"
        for row in report.agents
    ]
    lines += ["", "## Models", "", "| model | calls | failed | tokens | cost |"]
    lines += ["|---|---:|---:|---:|---:|"]
    lines += [
        f"| {_plain(row.name)} | {row.calls} | {row.failed} | {amount(row.tokens)} "
        f"| {money(row.cost)} |"
        for row in report.models
    ]
    return "\n".join(lines) + "\n"


def _summary(report: Report) -> list[tuple[str, str, str]]:
    both = (report.totals, report.before)

    def row(name: str, read: Callable[[Any], str]) -> tuple[str, str, str]:
        now, before = (read(one) for one in both)
        return name, now, before

    return [
        row("Tasks done", lambda one: str(one.done)),
        row("Tasks made", lambda one: str(one.created)),
        row("Sent back by a review", lambda one: str(one.sent_back)),
        row("Cycle time, median", lambda one: _or_none(one.cycle_median_s, span)),
        row("Cycle time, nine of ten within", lambda one: _or_none(one.cycle_p90_s, span)),
        row("Runs", lambda one: str(one.runs)),
        row("Runs that failed", lambda one: str(one.failed)),
        row("Tokens", lambda one: amount(one.tokens)),
        row("Cost", lambda one: money(one.cost)),
        row("Cost of a task done", lambda one: _or_none(one.cost_of_one, money)),
    ]


def _or_none(value: Any, words: Callable[[Any], str]) -> str:
    return "–" if value is None else words(value)


def _plain(text: str) -> str:
    """A name as a cell of a Markdown table holds it."""
    return text.replace("|", "\\|").replace("\n", " ")


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
