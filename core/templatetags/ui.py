"""The small parts of every screen: icons, states, faces, times, money, Markdown."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "icons.json"
HUES = 12


@lru_cache(maxsize=8192)
def _kept(name: str, **context: Any) -> SafeString:
    return render_to_string(name, context)


def _partial(name: str, **context: Any) -> SafeString:
    """A partial that depends on nothing but these few words: rendered once, then kept.

    A board shows the same faces and states hundreds of times.
    """
    return render_to_string(name, context) if settings.DEBUG else _kept(name, **context)


@cache
def _icons() -> dict[str, str]:
    icons: dict[str, str] = json.loads(ICONS.read_text(encoding="utf-8"))
    return icons


@register.simple_tag
@cache
def icon(name: str, css: str = "icon") -> SafeString:
    """A Lucide icon, written inline. `npm run icons` takes a new name into the set.

    An unknown name is an error while developing and nothing at all in production: a page
    without a picture is better than no page.
    """
    inner = _icons().get(name)
    if inner is None:
        if settings.DEBUG or settings.TESTING:
            raise template.TemplateSyntaxError(
                f'no icon "{name}" in core/icons.json: npm run icons'
            )
        return SafeString("")
    # Both parts are ours: the file is generated, the class is a literal of a template.
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        css,
        mark_safe(inner),
    )


# -- states ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """How one state looks wherever it is shown."""

    label: str
    tone: str
    pulse: bool = False


STATES = {
    # tasks
    "inbox": State("Inbox", "gray"),
    "assigned": State("Assigned", "blue"),
    "in_progress": State("In progress", "amber"),
    "review": State("Review", "violet"),
    "done": State("Done", "green"),
    # agents
    "idle": State("Idle", "gray"),
    "active": State("Active", "green", pulse=True),
    "blocked": State("Blocked", "red"),
    "paused": State("Paused", "amber"),
    # runs, steps and approvals
    "queued": State("Queued", "gray"),
    "running": State("Running", "blue", pulse=True),
    "waiting": State("Waiting", "amber"),
    "succeeded": State("Succeeded", "green"),
    "failed": State("Failed", "red"),
    "cancelled": State("Cancelled", "gray"),
    "quarantined": State("Quarantined", "red"),
    "intent": State("Under way", "blue", pulse=True),
    "error": State("Error", "red"),
    "unknown": State("Outcome unknown", "orange"),
    "pending": State("Pending", "amber"),
    "approved": State("Approved", "green"),
    "denied": State("Denied", "red"),
    "expired": State("Expired", "gray"),
    "sent_back": State("Sent back", "orange"),
    # kinds of things said
    "comment": State("Comment", "gray"),
    "status_update": State("Update", "blue"),
    "question": State("Question", "amber"),
    "answer": State("Answer", "green"),
}

# A ring that fills as the work moves on: the radius and its circumference fit a 16 px box.
_RING = '<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"{}/>'
_PIE = (
    '<circle cx="8" cy="8" r="2" fill="none" stroke="currentColor" stroke-width="4"'
    ' stroke-dasharray="{} 12.57" transform="rotate(-90 8 8)"/>'
)
_TICK = (
    '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="m5 8.2 2.1 2.1L11.2 6" fill="none"'
    ' stroke="var(--card)" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>'
)
GLYPHS = {
    "inbox": _RING.format(' stroke-dasharray="1.9 2.01" stroke-dashoffset="0.9"'),
    "assigned": _RING.format(""),
    "in_progress": _RING.format("") + _PIE.format("6.28"),
    "review": _RING.format("") + _PIE.format("9.42"),
    "done": _TICK,
    "blocked": (
        '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M5 8h6" stroke="var(--card)"'
        ' stroke-width="1.8" stroke-linecap="round"/>'
    ),
}


@register.filter
def state(value: object) -> State:
    """What a stored state is called and which tone it has."""
    key = str(value or "")
    return STATES.get(key) or State(key.replace("_", " ").capitalize(), "gray")


@register.simple_tag
@cache
def status_glyph(value: str, css: str = "") -> SafeString:
    """The ring of a task's status, filled as far as the work has come."""
    return format_html(
        '<svg class="glyph {}" data-tone="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        css,
        state(value).tone,
        mark_safe(GLYPHS.get(value, GLYPHS["assigned"])),
    )


@register.simple_tag
def status(value: str, label: str = "", plain: bool = False) -> SafeString:
    """A state as a word in its tone; a task's with its ring before it."""
    key = str(value)
    return _partial("_status.html", value=key, state=state(key), label=label, plain=plain)


@register.simple_tag
@cache
def ring(done: int, total: int) -> SafeString:
    """A small ring, filled as far as the parts are done."""
    around = 31.42  # of a circle with the radius 5
    return format_html(
        '<svg class="wheel" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="5"/>'
        '<circle cx="7" cy="7" r="5" stroke-dasharray="{} {}"/></svg>',
        round(around * done / total, 2) if total else 0,
        around,
    )


# -- priority -------------------------------------------------------------------------------

PRIORITIES = {
    0: ("Low", "gray"),
    1: ("Normal", "gray"),
    2: ("High", "gray"),
    3: ("Urgent", "orange"),
}


@register.filter
def priority_label(value: int) -> str:
    return PRIORITIES.get(value, PRIORITIES[1])[0]


@register.simple_tag
@cache
def priority_glyph(value: int) -> SafeString:
    """Rising bars, one for each level; urgent is a sign of its own."""
    label, tone = PRIORITIES.get(value, PRIORITIES[1])
    if value == 3:
        inner = (
            '<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="currentColor"/>'
            '<path d="M8 4.6v4.2" stroke="var(--card)" stroke-width="1.8" stroke-linecap="round"/>'
            '<circle cx="8" cy="11.3" r="1" fill="var(--card)"/>'
        )
    else:
        inner = "".join(
            f'<rect x="{2 + 4.5 * bar}" y="{10 - 3.5 * bar}" width="3" height="{4 + 3.5 * bar}"'
            f' rx="1" fill="currentColor" opacity="{1 if bar <= value else 0.28}"/>'
            for bar in range(3)
        )
    return format_html(
        '<svg class="glyph" data-tone="{}" viewBox="0 0 16 16" role="img" aria-label="{}">'
        "<title>{}</title>{}</svg>",
        tone,
        f"{label} priority",
        f"{label} priority",
        mark_safe(inner),
    )


@register.simple_tag
def priority(value: int, words: bool = True) -> SafeString:
    """A priority as bars, with its word beside them."""
    return _partial("_priority.html", value=value, words=words)


@dataclass(frozen=True)
class _Who:
    """What is needed of an actor to draw a face."""

    kind: str
    handle: str
    name: str


# -- faces ----------------------------------------------------------------------------------


@register.filter
def initials(name: object) -> str:
    """One or two letters that stand for a name."""
    words = [word for word in str(name or "?").replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


@register.filter
def hue(handle: object) -> int:
    """The colour of a handle: the same on every screen and after every restart."""
    # Shifted to the bits that keep the usual handles apart.
    return (zlib.crc32(str(handle).encode()) >> 2 ^ 2) % HUES


@register.simple_tag
def avatar(
    actor: Any, size: str = "", status: str = "", title: str | None = None, alone: bool = False
) -> SafeString:
    """A person's circle or an agent's rounded square; `status` adds the agent's dot.

    `actor` needs a handle, a name and a kind. None stands for somebody who is gone. Only where
    it stands `alone`, without the name beside it, is it read out.
    """
    if not actor:
        return _partial("_avatar.html", actor=None, size=size, status="", title=None, alone=alone)
    who = _Who(str(actor.kind), str(actor.handle), str(actor.name))
    return _partial(
        "_avatar.html", actor=who, size=size, status=str(status), title=title, alone=alone
    )


@register.simple_tag
def avatars(actors: Iterable[Any], size: str = "sm", most: int = 3) -> SafeString:
    """Overlapping faces, the rest as a number."""
    everyone = tuple(_Who(str(one.kind), str(one.handle), str(one.name)) for one in actors)
    if not everyone:
        return SafeString("")
    return _partial(
        "_avatars.html",
        shown=everyone[:most],
        more=max(0, len(everyone) - most),
        names=", ".join(one.name for one in everyone),
        size=size,
    )


# -- time, money, amounts -------------------------------------------------------------------

_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (30 * 86_400, 86_400, "d"))


def relative(moment: datetime, now: datetime | None = None) -> str:
    """How long ago or how soon, in its largest unit; far away, the date."""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    span = abs(seconds)
    if span < 10:
        return "just now" if seconds >= 0 else "in a moment"
    for limit, unit, name in _STEPS:
        if span < limit:
            amount = f"{int(span // unit)} {name}"
            return f"{amount} ago" if seconds >= 0 else f"in {amount}"
    return timezone.localtime(moment).strftime("%-d %b %Y")


@register.simple_tag
def when(moment: datetime | None, css: str = "", absolute: bool = False) -> SafeString:
    """A moment as people say it, with the exact one in the title.

    The browser keeps the words fresh and turns the title into the reader's own zone.
    """
    if not moment:
        return SafeString("")
    local = timezone.localtime(moment)
    exact = local.strftime("%-d %b %Y, %H:%M %Z")
    return format_html(
        '<time class="{}" datetime="{}" title="{}" data-when="{}">{}</time>',
        css,
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        exact,
        "exact" if absolute else "relative",
        exact if absolute else relative(moment),
    )


@register.filter
def money(microdollars: int | None) -> str:
    """Microdollars as dollars, with as many digits as say something."""
    dollars = (microdollars or 0) / 1_000_000
    if dollars == 0:
        return "$0"
    if abs(dollars) < 0.01:
        return f"${dollars:.4f}".rstrip("0")
    return f"${dollars:,.2f}"


@register.filter
def amount(value: float | None) -> str:
    """A count in at most four signs: 950, 18.2k, 3.4M."""
    number = float(value or 0)
    for limit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit:
            return f"{number / limit:.1f}".rstrip("0").rstrip(".") + name
    return f"{number:g}"


@register.filter
def span(seconds: float | None) -> str:
    """A length of time: 240 ms, 3.4 s, 2 min 5 s, 1 h 4 min."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@register.filter
def hours(low: float | None, high: float | None = None) -> str:
    """An estimate: 4 h, or 4-6 h with a proper dash."""
    if low is None and high is None:
        return ""
    if low is None or high is None or low == high:
        return f"{low if low is not None else high:g} h"
    return f"{low:g}\N{EN DASH}{high:g} h"


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as clean HTML, as everything people and agents write is shown."""
    # Loaded at the first text, not with the process: it is a third of the start's imports.
    from core.markdown import render

    return render(text or "")
