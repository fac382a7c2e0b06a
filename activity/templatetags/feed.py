"""How an entry of the log reads as a sentence."""

import re

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from activity.feed import Group, group_of_verb
from activity.models import Activity

register = template.Library()

TASK = re.compile(r"TASK-(\d{1,9})\b")
HANDLE = re.compile(r"(?<![\w@/.])@([a-z0-9][a-z0-9_-]{0,38})")
MARKS = re.compile(r"(?:\*\*|`)([^*`]+)(?:\*\*|`)")
TONES = {
    "task.done": "green",
    "approval.approved": "green",
    "task.sent_back": "orange",
    "task.blocked": "red",
    "run.failed": "red",
    "run.quarantined": "red",
    "run.waiting": "amber",
    "approval.asked": "amber",
    "workspace.halted": "red",
    "webhook.disabled": "red",
}


@register.filter
def plain(message: str) -> str:
    """A message without the signs of Markdown that an excerpt of somebody's words brings."""
    return MARKS.sub(r"\1", message)


@register.filter
def sentence(activity: Activity) -> SafeString:
    """The message with links to the tasks and the document that it names."""
    text = str(escape(plain(activity.message)))
    text = TASK.sub(_task, text)
    text = HANDLE.sub(r'<span class="who">@\1</span>', text)
    if activity.document_id:
        address = _address("documents:detail", activity.document_id)
        before, quoted, after = _first_quoted(text)
        if address and quoted:
            text = f'{before}<a class="cite" href="{address}">{quoted}</a>{after}'
    # Safe: escaped above, and what was put in holds nothing but digits, ids and handles.
    return mark_safe(text)


@register.filter
def verb_group(activity: Activity) -> Group:
    """What kind of change it is."""
    return group_of_verb(activity.verb)


@register.filter
def verb_tone(activity: Activity) -> str:
    """The tone of what happened; most things have none."""
    return TONES.get(activity.verb, "")


def _first_quoted(text: str) -> tuple[str, str, str]:
    """What stands before, in and behind the first quotation marks; titles may quote too."""
    begin, depth = text.find("“"), 0
    for place, letter in enumerate(text):
        depth += {"“": 1, "”": -1}.get(letter, 0)
        if letter == "”" and depth == 0 and begin >= 0:
            return text[:begin], text[begin : place + 1], text[place + 1 :]
    return text, "", ""


def _task(found: re.Match[str]) -> str:
    address = _address("tasks:detail", int(found.group(1)))
    return f'<a class="cite" href="{address}">{found.group(0)}</a>' if address else found.group(0)


def _address(view: str, *args: object) -> str:
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""
