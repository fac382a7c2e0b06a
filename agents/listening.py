"""Who hears a model while it speaks: whoever watches the agent, or the room that asked."""

from collections.abc import Callable

from agents.live import StreamToRun
from agents.models import Run
from modules.calling import Listener
from modules.language.types import Event

# Makes the listener for a run's next reply, which will be the step of that index.
Listening = Callable[[Run, int], Listener]
_listening: dict[str, Listening] = {}


def listen_to(kind: str, listening: Listening) -> None:
    """Let a room above hear the words of its runs itself, in place of the agent's watchers."""
    _listening[kind] = listening


def listener_of(run: Run, index: int) -> Listener:
    """Who hears the model while it makes the step `index` of a run."""
    listening = _listening.get(run.kind)
    if listening:
        return listening(run, index)
    # What is thought about a conversation is not for those who watch the agent.
    return StreamToRun(run) if run.thread is None else _nobody


def _nobody(event: Event) -> None:
    """Hear nothing."""
