"""What a new workspace is given when somebody opens one from outside.

The rooms above add what they have: agents to begin with, for example.
"""

from collections.abc import Callable

from accounts.models import Workspace

_furnishers: list[Callable[[Workspace], object]] = []


def furnish_with(furnisher: Callable[[Workspace], object]) -> None:
    """Let `furnisher` add its part to every workspace that is opened from now on."""
    if furnisher not in _furnishers:
        _furnishers.append(furnisher)


def furnish(workspace: Workspace) -> None:
    """Give a new workspace what every room adds."""
    for furnisher in _furnishers:
        furnisher(workspace)
