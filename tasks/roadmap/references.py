"""What the words behind "Dependencies:" name: numbers, ranges, phases, labels and titles."""

import re
from dataclasses import dataclass, field

from core.errors import Invalid
from tasks.roadmap.drafts import Draft, Reference
from tasks.roadmap.inline import plain
from tasks.roadmap.tree import Problem
from tasks.roadmap.vocabulary import DONE_WORDS, EVERYTHING, NOTHING, PHASE_WORDS, TASK_WORDS, fold
from tasks.roadmap.wording import (
    ALL,
    ALL_OF,
    ANY_NOUN,
    BRACKETS,
    EARLIER,
    EARLIER_ELSEWHERE,
    FILLER,
    HEAD,
    HERE,
    IN_PHASE,
    ITS_TASKS,
    JOINED_PIECES,
    LETTER,
    MUST_BE_DONE,
    ONE,
    RANGE,
    WILD,
    alike,
    cut,
    singular,
    without_noun,
)

MAX_DEPENDENCIES = 50_000
_LONGEST = 4_000


@dataclass
class References:
    """Finds the drafts that words name. Nothing is guessed: a number, a label, an exact title.

    A title may be named by what stands before its dash or colon, if no other begins so.
    """

    phases: list[Draft]
    problems: list[Problem]
    total: int = 0
    _numbers: dict[str, list[Draft]] = field(default_factory=dict)
    _titles: dict[str, list[Draft]] = field(default_factory=dict)
    _heads: dict[str, list[Draft]] = field(default_factory=dict)
    _phase_numbers: dict[str, list[Draft]] = field(default_factory=dict)
    _tasks: list[Draft] = field(default_factory=list)

    def __post_init__(self) -> None:
        for phase in self.phases:
            if phase.name.number:
                self._phase_numbers.setdefault(phase.name.number.lower(), []).append(phase)
            self._tasks += phase.children
            for draft in phase.walk():
                for title in {fold(draft.title), fold(without_noun(draft.title))}:
                    self._titles.setdefault(title, []).append(draft)
                if (head := fold(HEAD.split(draft.title, maxsplit=1)[0])) != fold(draft.title):
                    self._heads.setdefault(head, []).append(draft)
                for number in {draft.name.number, draft.ordinal} - {""}:
                    if not draft.is_phase:
                        self._numbers.setdefault(number.lower(), []).append(draft)
        paths: dict[str, list[Draft]] = {}
        for phase in self.phases:
            for draft in phase.walk():
                if draft.ordinal and not draft.name.number and "." in (path := _path(draft)):
                    paths.setdefault(path.lower(), []).append(draft)
        self._numbers = paths | self._numbers
        self._place = {id(task): place for place, task in enumerate(self._tasks)}

    def resolve_all(self) -> None:
        """Fill `depends_on` of every draft; what names nothing goes into the problems."""
        for phase in self.phases:
            for draft in phase.walk():
                for reference in list(draft.depends):
                    if reference.aside and not self._all_found(reference, draft):
                        draft.depends.remove(reference)
                        draft.title += reference.aside
                        continue
                    self._add(draft, self._found(reference, draft), reference)
                for reference in draft.blocks:
                    for other in self._found(reference, draft):
                        self._add(other, [draft], reference)

    def _add(self, draft: Draft, others: list[Draft], reference: Reference) -> None:
        known = {id(other) for other in draft.depends_on}
        fresh = [other for other in others if id(other) not in known]
        for other in [other for other in fresh if other.contains(draft) or draft.contains(other)]:
            fresh.remove(other)
            why = f"{draft.key} and {other.key}: a task and its own part cannot wait for each other"
            self.problems.append(Problem(reference.line, reference.text[:200], why))
        draft.depends_on += fresh
        self.total += len(fresh)
        if self.total > MAX_DEPENDENCIES:
            raise Invalid(
                f"The file names more than {MAX_DEPENDENCIES:,} dependencies.",
                field="file",
                code="too_many_dependencies",
            )

    def _all_found(self, reference: Reference, draft: Draft) -> bool:
        """Whether words that may be a dependency name tasks and nothing else."""
        asked, self.problems = self.problems, []
        found = self._found(reference, draft)
        unknown, self.problems = self.problems, asked
        return bool(found) and not unknown

    def _found(self, reference: Reference, draft: Draft) -> list[Draft]:
        """What one line of dependencies names, each once, in the order of the words."""
        if len(reference.text) > _LONGEST:
            why = f"more than {_LONGEST:,} characters of dependencies on one line"
            self.problems.append(Problem(reference.line, reference.text[:80], why))
            return []
        text = plain(reference.text).text.strip().rstrip(".")
        if text[:1] + text[-1:] in ("()", "[]") and not set("()[]") & set(text[1:-1]):
            text = text[1:-1]
        found: dict[int, Draft] = {}
        pieces = cut(text)
        position, context = 0, ""
        while position < len(pieces):
            taken, others = self._longest_title(pieces, position, draft)
            if others is None:
                piece = pieces[position][0]
                others, context = self._piece(piece, draft, context)
                if others is None:
                    why = "names no phase or task of this plan"
                    self.problems.append(Problem(reference.line, piece[:200], why))
            for other in others or []:
                found.setdefault(id(other), other)
            position += taken
        return list(found.values())

    def _longest_title(
        self, pieces: list[tuple[str, int, int, str]], position: int, draft: Draft
    ) -> tuple[int, list[Draft] | None]:
        """The most pieces from `position` on that together are a title, and whose it is."""
        text = pieces[position][3]
        for count in range(min(JOINED_PIECES, len(pieces) - position), 0, -1):
            start, end = pieces[position][1], pieces[position + count - 1][2]
            if end - start <= 250 and (titled := self._titled(text[start:end], draft)):
                return count, titled
        return 1, None

    def _titled(self, text: str, draft: Draft) -> list[Draft] | None:
        text = text.strip(" \"'“”„«»`*")
        words = fold(text)
        choices = self._titles.get(words) if words else None
        if not choices:
            choices = self._heads.get(words, [])
            if not words or len(choices) != 1 or choices[0] is draft:
                return None
        choices = [choice for choice in choices if choice is not draft] or choices
        # "a" is rather the task "a" than the phase "A".
        choices = [choice for choice in choices if choice.title == text] or choices
        # And of both called "Mail" the task, which waits for less.
        if not draft.is_phase:
            choices = [choice for choice in choices if not choice.is_phase] or choices
        return self._members(_nearest(choices, draft), draft)

    def _piece(self, text: str, draft: Draft, context: str) -> tuple[list[Draft] | None, str]:
        """What one piece names (None: nothing known), and the noun that goes on after it.

        `context` is "phase" after "Phases 1", so that in "Phases 1, 2" the 2 is a phase too.
        """
        text = text.strip(" \"'“”`*.:").strip()
        if not text.strip("-–—/ ") or fold(HEAD.split(text, maxsplit=1)[0]) in NOTHING:
            return [], context
        if fold(text) in EVERYTHING:
            return self._earlier("phases" if draft.is_phase else "tasks", text, draft), ""
        for _ in range(3):
            text = FILLER.sub("", text)
        ending = MUST_BE_DONE.search(text)
        if ending and fold(ending["word"]) in DONE_WORDS:
            text = text[: ending.start()].strip()
        if match := EARLIER.match(text):
            noun = match["word"] or match["noun"] or match["deutsch"] or "tasks"
            return self._earlier(fold(noun), text, draft), ""
        if match := EARLIER_ELSEWHERE.match(text):
            return self._earlier(fold(match["noun"] or match["first"]), text, draft), ""
        if match := WILD.match(text):
            return self._below(match["number"]), ""
        if match := RANGE.match(text):
            return self._range(match, draft, context), context
        if match := IN_PHASE.match(text):
            return self._in_phase(match), ""
        if match := ONE.match(text) or LETTER.match(text):
            noun = singular(fold(match["word"] or ""))
            if noun in ANY_NOUN or noun in PHASE_WORDS | TASK_WORDS:
                found = self._one(match, noun or context, draft)
                if found is not None:
                    goes_on = noun in PHASE_WORDS or (not noun and context in PHASE_WORDS)
                    return found, "phase" if goes_on else ""
        if match := ALL_OF.match(text):
            return self._piece(match["rest"], draft, context)
        return self._coded(text, draft), ""

    def _coded(self, text: str, draft: Draft) -> list[Draft] | None:
        """A label like "T-7", a title with a remark in brackets, or a number in brackets."""
        code = text.split(" ", 1)[0].lower().strip("[]:")
        phases = self._phase_numbers.get(code)
        if phases and phases[0].name.kind == "code":
            return self._members(phases[0], draft)
        first = self._numbers.get(code)
        if first and (first[0].name.kind == "code" or text.lower() == first[0].name.number.lower()):
            return [_nearest(first, draft)]
        inside = BRACKETS.search(text)
        if inside is None:
            return None
        name = BRACKETS.sub("", text).strip()
        if titled := self._titled(name, draft):
            return titled
        # "The schema (1.2)", but not "Django (5.2)".
        numbered = self._numbers.get(inside[1].strip().lower(), [])
        alike = [task for task in numbered if alike(name, task.title)]
        return [_nearest(alike, draft)] if alike else None

    def _one(self, match: re.Match[str], noun: str, draft: Draft) -> list[Draft] | None:
        """A single number, with or without a noun before it and words behind it."""
        groups = match.groupdict()
        number, rest = match["number"].lower(), groups.get("rest") or ""
        remark = not rest.strip() or rest.strip()[0] in "([:：-–—"
        phases = self._phase_numbers.get(number, [])
        if noun in PHASE_WORDS and phases:
            words = fold(rest)
            if remark or words in ITS_TASKS or words == fold(phases[0].title):
                return self._members(phases[0], draft)
            return None
        tasks = self._numbers.get(number, [])
        if not groups.get("word") and not groups.get("hash") and "." not in number and not remark:
            # "3 API keys" is no reference to task 3, unless that is what it is called.
            tasks = [task for task in tasks if fold(task.title) == fold(rest)]
        if tasks:
            return [_nearest(tasks, draft)]
        return self._members(phases[0], draft) if phases and remark and not noun else None

    def _in_phase(self, match: re.Match[str]) -> list[Draft] | None:
        """ "Phase 1 task 2"."""
        for phase in self._phase_numbers.get(match["phase"].lower(), []):
            for task in phase.children:
                if match["task"].lower() in (task.name.number.lower(), task.ordinal):
                    return [task]
        return None

    def _earlier(self, noun: str, text: str, draft: Draft) -> list[Draft] | None:
        """ "All previous phases", "previous task", "all tasks above"."""
        several = bool(ALL.search(text)) or noun != singular(noun)
        noun, own = singular(noun), draft.phase
        here = bool(HERE.search(text))
        if noun in PHASE_WORDS - {"step"} and not here:
            before = self.phases[: self.phases.index(own)]
            chosen = before if several else before[-1:]
            if draft.is_phase:
                return chosen or None
            return [task for phase in chosen for task in phase.children] or None
        if noun not in TASK_WORDS | {"step", "work"}:
            return None
        top = draft
        while top.parent is not None and not top.parent.is_phase:
            top = top.parent
        before = self._tasks[: self._place.get(id(top), 0)]
        before = [task for task in before if task.parent is own or not here]
        return (before if several or here else before[-1:]) or None

    def _range(self, match: re.Match[str], draft: Draft, context: str) -> list[Draft] | None:
        noun = singular(fold(match["word"] or "")) or context
        first, last = match["first"].lower(), match["last"].lower()
        if noun and noun not in PHASE_WORDS | TASK_WORDS:
            return None
        low = high = None
        if noun in PHASE_WORDS or ("." not in first and not self._numbers.get(first)):
            low, high = self._phase_numbers.get(first), self._phase_numbers.get(last)
        if low and high:
            begin, end = sorted((self.phases.index(low[0]), self.phases.index(high[0])))
            phases = [phase for phase in self.phases[begin : end + 1] if phase is not draft]
            if draft.is_phase:
                return list(phases)
            inside = [task for phase in phases for task in phase.children]
            return [task for task in inside if task is not draft]
        if "." in first and "." not in last:
            last = f"{first.rpartition('.')[0]}.{last}"
        starts, ends = self._numbers.get(first), self._numbers.get(last)
        if not starts or not ends:
            return None
        start, stop = _nearest(starts, draft), _nearest(ends, draft)
        family = (
            start.parent.children if start.parent and start.parent is stop.parent else self._tasks
        )
        places = {id(task): place for place, task in enumerate(family)}
        if id(start) not in places or id(stop) not in places:
            return [start, stop]
        begin, end = sorted((places[id(start)], places[id(stop)]))
        return [
            task for task in family[begin : end + 1] if task is not draft or task in (start, stop)
        ]

    def _below(self, number: str) -> list[Draft] | None:
        """ "1.x": everything numbered directly below 1."""
        depth = number.count(".") + 1
        return [
            drafts[0]
            for other, drafts in self._numbers.items()
            if other.startswith(number + ".") and other.count(".") == depth
        ] or None

    def _members(self, found: Draft, draft: Draft) -> list[Draft]:
        """A phase stands for its tasks, except in what another phase depends on."""
        if not found.is_phase or draft.is_phase:
            return [found]
        return [task for task in found.children if task is not draft and task is not draft.parent]


def _path(draft: Draft) -> str:
    """ "2.1" for the first item below the second one; "" where one above has no number."""
    own, above = draft.name.number or draft.ordinal, draft.parent
    if draft.is_phase or above is None or "." in own or (above.is_phase and not above.name.number):
        return own
    path = _path(above)
    return f"{path}.{own}" if path and own else ""


def _nearest(choices: list[Draft], draft: Draft) -> Draft:
    """Of several with the same name the one in the same phase, else the first."""
    if len(choices) == 1:
        return choices[0]
    own = draft.phase
    siblings = [
        choice for choice in choices if choice.parent is draft.parent and choice is not draft
    ]
    same = [choice for choice in choices if choice.phase is own and choice is not draft]
    return (siblings or same or choices)[0]
