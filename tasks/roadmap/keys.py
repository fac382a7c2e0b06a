"""A key for every phase and task: the same one each time the document is read.

A key is the number that the plan gives ("1.2", "T-7"), else words of the title below the key
of its parent. So a changed text under the same number or title is still the same task.
"""

from collections import Counter
from hashlib import sha256

from tasks.roadmap.drafts import Draft
from tasks.roadmap.tree import Problem
from tasks.roadmap.vocabulary import slug

# Room for the name of the plan in front of it, in a column of 200.
LONGEST_KEY = 120
# Nouns whose numbers count through the whole document, or the tracker behind it.
_GLOBAL_WORDS = frozenset(["#", "issue", "ticket", "story", "user story"])


def assign_keys(phases: list[Draft], problems: list[Problem]) -> None:
    """Give every draft its key, and report numbers and titles that occur twice."""
    keys = _Keys(problems)
    for phase in phases:
        phase.key = keys.take(_phase_key(phase), phase)
        for task in phase.children:
            _assign_below(task, phase, keys)


class _Keys:
    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._taken: dict[str, str] = {}
        self._next: Counter[str] = Counter()

    def take(self, wanted: str, draft: Draft) -> str:
        """The key itself if it is free, else with a number behind it."""
        if len(wanted) > LONGEST_KEY:
            digest = sha256(wanted.encode()).hexdigest()[:12]
            wanted = f"{wanted[: LONGEST_KEY - 13]}-{digest}"
        key = wanted
        while fold_key(key) in self._taken:
            self._next[wanted] += 1
            key = f"{wanted}-{self._next[wanted] + 1}"
        if key != wanted:
            what = f"the number {draft.name.number}" if draft.name.number else "this title"
            other = self._taken[fold_key(wanted)]
            why = f'{what} is there already ("{other[:80]}"); this one is taken as {key}'
            self._problems.append(Problem(draft.line, draft.title, why))
        self._taken[fold_key(key)] = draft.title
        return key


def fold_key(key: str) -> str:
    return key.casefold()


def _phase_key(phase: Draft) -> str:
    name = phase.name
    if not name.number:
        return slug(phase.title)
    word = "-".join((name.word or "phase").split())
    return f"{word if word != '#' else 'phase'}-{slug(name.number, 20)}"


def _assign_below(draft: Draft, parent: Draft, keys: _Keys) -> None:
    number = draft.name.number
    if draft.name.word in _GLOBAL_WORDS:
        wanted = f"#{number}"
    elif draft.name.kind in ("dotted", "code"):
        wanted = number
    elif number:
        # "Task 1" may come again in the next phase.
        wanted = f"{parent.key}/{number}"
    else:
        wanted = f"{parent.key}/{slug(draft.title)}"
    draft.key = keys.take(wanted, draft)
    for child in draft.children:
        _assign_below(child, draft, keys)
