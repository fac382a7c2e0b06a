"""What speaks against the plug-ins that the settings name, said at the start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from agents.hooks import load


@register()
def plugins_can_be_made(**_: Any) -> list[CheckMessage]:
    """One warning for each that cannot: it will not be called, everything else works."""
    found: list[CheckMessage] = []
    for path in settings.AGENT_PLUGINS:
        try:
            load(path)
        except Exception as error:
            said = f"The plug-in {path} cannot be used: {type(error).__name__}: {error}"
            found.append(Warning(said, hint="See docs/plugins.md.", id="agents.W001"))
    return found
