"""What the screens of conversations show: the list, a stretch of turns, how full the window is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from accounts.models import Actor
from agents.models import Agent, Step
from agents.waterfall import Gauge, arguments_in_a_line, explained
from conversations import prompts
from conversations.branches import Versions
from conversations.models import Conversation, Turn
from conversations.parts import parts_of
from conversations.words import SoFar, so_far

LISTED = 60
AT_ONCE = 50


@dataclass(frozen=True)
class Shown:
    """A turn with its parts as they are drawn; `heard` are the words that are not stored yet."""

    turn: Turn
    parts: list[dict[str, Any]]
    heard: SoFar | None = None
    step: int = 0
    newest: bool = False
    waits: str = ""
    versions: Versions | None = None


@dataclass
class Stretch:
    """Turns in a row, and whether there are older ones."""

    turns: list[Shown] = field(default_factory=list)
    before: int | None = None


def listed(actor: Actor, *, q: str = "", archived: bool = False) -> list[Conversation]:
    """One's own conversations, pinned ones first, then by when something was last said."""
    mine = Conversation.objects.of(actor).put_away(archived)
    rows = mine.select_related("agent__actor").prefetch_related("seats")
    if q:
        rows = rows.saying(q)
    return list(rows.defer("summary").order_by("-pinned", "-updated_at")[:LISTED])


def stretch(
    conversation: Conversation,
    *,
    before: int | None = None,
    ways: Mapping[int, Versions] | None = None,
) -> Stretch:
    """The newest turns, or those before an index: some fifty, however many there are.

    `ways` are the versions of turns that were said otherwise in a branch.
    """
    links = ("run", "agent__actor")
    turns = conversation.turns.select_related(*links).prefetch_related("files__asset")
    rows = turns.defer("run__brief").order_by("-index")
    if before is not None:
        rows = rows.filter(index__lt=before)
    found = list(rows[: AT_ONCE + 1])
    older = len(found) > AT_ONCE
    shown_turns = found[:AT_ONCE][::-1]
    return Stretch(
        [
            replace(
                shown(turn, newest=before is None and turn is shown_turns[-1]),
                versions=(ways or {}).get(turn.index),
            )
            for turn in shown_turns
        ],
        shown_turns[0].index if older else None,
    )


def shown(turn: Turn, *, newest: bool = False) -> Shown:
    """A turn as it is drawn; one under way as far as it has come."""
    if not turn.by_agent:
        return Shown(turn, [{"kind": "text", "text": turn.content}], newest=newest)
    if not turn.streaming:
        return Shown(turn, [_drawn(part) for part in turn.parts], newest=newest)
    run = turn.run
    steps: Sequence[Step] = list(run.steps.order_by("index")) if run else []
    heard = so_far(turn.pk)
    if heard and heard.step != len(steps):
        heard = None
    waits = run.reason if run and run.state == "waiting" else ""
    parts = [_drawn(part) for part in parts_of(steps)]
    return Shown(turn, parts, heard, len(steps), newest, waits)


def window(conversation: Conversation) -> Gauge:
    """How much of the window of its model the newest answer took."""
    # Not further back than one sees: a long talk without a count would be read through.
    seen = conversation.turns.order_by("-index").values("pk")[:AT_ONCE]
    rows = Turn.objects.filter(pk__in=seen, context_tokens__gt=0).order_by("-index")
    newest = rows.select_related("agent__model").only("context_tokens", "agent__model").first()
    agent = newest.agent if newest else None
    used = newest.context_tokens if newest else 0
    return Gauge(used, prompts.model_of(conversation, agent).context_window)


def partners(actor: Actor) -> list[Agent]:
    """The agents that one can talk with."""
    agents = Agent.objects.present().filter(workspace=actor.workspace_id, external=False)
    return list(agents.select_related("actor").order_by("created_at"))


def _drawn(part: dict[str, Any]) -> dict[str, Any]:
    if part["kind"] == "text":
        return part
    result = part["result"]
    if part["state"] == Step.State.ERROR:
        result = explained(result)
    return {
        **part,
        "line": arguments_in_a_line(part["arguments"]),
        "whole": _laid_out(result),
        "label": part["name"].replace("_", " "),
    }


def _laid_out(text: str) -> str:
    """JSON with its lines broken; any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
