"""The frame around every page: its links, and what they know about where one is."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.inclusion_tag("_nav_link.html", takes_context=True)
def nav_link(
    context: template.Context,
    view: str,
    label: str,
    *,
    icon: str,
    also: str = "",
    key: str = "",
    count: int | None = None,
    tone: str = "",
) -> dict[str, Any]:
    """One link of the side bar; current on `view` and on the views named in `also`.

    `key` is the letter that goes there after g.
    """
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    here = match.view_name if match else ""
    namespace = here.split(":")[0] + ":*"
    return {
        "url": reverse(view),
        "label": label,
        "icon_name": icon,
        "current": here == view or here in also.split() or namespace in also.split(),
        "key": key,
        "count": count,
        "tone": tone,
    }


@register.simple_tag
def url_if(view: str, *args: object) -> str:
    """The address of a view, or nothing where the installation has no such view."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""
