"""How calls, limits and waits of agents read."""

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.models import Agent
from agents.waterfall import arguments_in_a_line
from core.templatetags.ui import relative

register = template.Library()

MILLION = 1_000_000


@register.filter
def call_line(arguments: dict[str, Any]) -> str:
    """Arguments as a call shows them."""
    return arguments_in_a_line(arguments)


@register.filter
def as_json(value: object) -> str:
    """A value as JSON with its lines broken."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter
def dollars(microdollars: int | None) -> str:
    """Microdollars as the number of dollars that a form takes."""
    return "" if microdollars is None else f"{microdollars / MILLION:.2f}".rstrip("0").rstrip(".")


@register.filter
def share(part: int, whole: int | None) -> float:
    """`part` of `whole`, from 0 to 1; nothing of nothing is 0."""
    return min(1.0, part / whole) if whole else 0.0


@register.filter
def kind_words(kind: str) -> str:
    """What an agent does in a run of this kind."""
    return {
        "work": "working",
        "review": "reviewing",
        "triage": "handing out tasks",
        "goal": "breaking a goal down",
        "mention": "answering",
        "chat": "talking",
        "recap": "summing up",
    }.get(kind, kind)


# Beats further apart than this, in seconds, are counted down.
COUNTED_FROM = 120


@register.filter
def chart(data: dict[str, Any]) -> str:
    """Figures as the chart takes them. Quotation marks are escaped by the template."""
    return json.dumps(data)


@register.filter
def interval(seconds: int) -> str:
    """A length of time that somebody has set: 15 s, 5 min, 24 h."""
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


@register.simple_tag
def next_beat(agent: Agent) -> SafeString:
    """When an agent's heart beats next; how often, where nobody would wait for the next one.

    A beat that finds nothing is no event, so the page counts on by itself.
    """
    if agent.heartbeat_interval <= COUNTED_FROM:
        return format_html("every {}", interval(agent.heartbeat_interval))
    moment = agent.next_heartbeat_at
    return format_html(
        '<time datetime="{}" data-when="relative" data-every="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        agent.heartbeat_interval,
        relative(moment),
    )
