"""Which other ways a conversation has gone: the versions of a turn that was said otherwise.

Branches form a tree: each begins as a copy of the conversation that it comes from, up to the
turn that differs. What is told here is where the ways part, and how to go from one to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations.models import Conversation

# Of a tree so many branches are looked at, so many steps up and down.
MOST, DEEPEST = 200, 40

Node = dict[str, Any]


@dataclass(frozen=True)
class Versions:
    """One turn among its versions: which it is, of how many, and whose are beside it."""

    number: int
    ways: tuple[UUID, ...]

    @property
    def count(self) -> int:
        return len(self.ways)

    @property
    def before(self) -> UUID | None:
        return self.ways[self.number - 2] if self.number > 1 else None

    @property
    def after(self) -> UUID | None:
        return self.ways[self.number] if self.number < self.count else None


def versions(conversation: Conversation) -> dict[int, Versions]:
    """By the index of a turn, its versions; turns that were said only once are not there.

    One query where nothing branches off.
    """
    tree = _tree(conversation)
    here: Node = tree[conversation.pk]
    found: dict[int, Versions] = {}
    for index in sorted({one["branch_at"] for one in tree.values() if one["branch_of_id"]}):
        mine, first = _way(tree, here, index), _first(tree, here, index)
        ways = [one["id"] for one in tree.values() if _is_version(tree, one, index, first)]
        if mine["id"] in ways and len(ways) > 1:
            found[index] = Versions(ways.index(mine["id"]) + 1, tuple(ways))
    return found


def _tree(conversation: Conversation) -> dict[UUID, Node]:
    """Every conversation that comes from the same beginning, the oldest first."""
    mine = Conversation.objects.filter(owner=conversation.owner_id)
    names = ("id", "branch_of_id", "branch_at", "created_at")
    root: Node = {name: getattr(conversation, name) for name in names}
    seen = {root["id"]: root}
    for _ in range(DEEPEST):
        if not root["branch_of_id"]:
            break
        above = mine.filter(pk=root["branch_of_id"]).values(*names).first()
        if above is None:
            break
        root = seen[above["id"]] = above
    level: Sequence[UUID] = list(seen)
    for _ in range(DEEPEST):
        rows = mine.filter(branch_of__in=level).exclude(pk__in=list(seen)).values(*names)
        fresh = {one["id"]: one for one in rows[: MOST - len(seen)]}
        seen |= fresh
        level = list(fresh)
        if not level or len(seen) >= MOST:
            break
    tree = dict(sorted(seen.items(), key=lambda item: item[1]["created_at"]))
    for one in tree.values():
        if one["branch_of_id"] not in tree:
            one["branch_of_id"] = None
    return tree


def _way(tree: dict[UUID, Node], one: Node, index: int) -> Node:
    """Whose own turn stands at `index` in a conversation: its own, or that of one it copied."""
    while one["branch_of_id"] and index < one["branch_at"]:
        one = tree[one["branch_of_id"]]
    return one


def _first(tree: dict[UUID, Node], one: Node, index: int) -> Node:
    """Who said the first version of the turn that stands at `index` in a conversation."""
    while one["branch_of_id"] and index <= one["branch_at"]:
        one = tree[one["branch_of_id"]]
    return one


def _is_version(tree: dict[UUID, Node], one: Node, index: int, first: Node) -> bool:
    own = one is first or (one["branch_of_id"] is not None and one["branch_at"] == index)
    return own and _first(tree, one, index) is first
