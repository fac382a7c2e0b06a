"""The rows that an import writes: as many queries for two thousand tasks as for two."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.db.models import F, Q

from accounts.actions import system_actor
from accounts.models import Actor, Workspace
from activity.log import record
from core.clock import Now, db_now
from core.errors import Invalid
from documents.models import Document
from tasks.actions.common import change, lock, wake_actors
from tasks.actions.placing import STEP
from tasks.actions.progress import roll_up
from tasks.models import Dependency, Evidence, Review, Task
from tasks.roadmap.comparing import Update
from tasks.roadmap.content import FIELDS, TICKED, Content

BATCH = 500


def write_tasks(
    *,
    actor: Actor,
    source: str,
    new: Sequence[Content],
    board: Mapping[str, UUID],
    first_number: int,
    first_position: float,
) -> dict[str, Task]:
    """Create the tasks of a plan, numbered and placed in its order. Returns them by key."""
    moment = db_now()
    made: dict[str, Task] = {}
    for place, content in enumerate(new):
        task = Task(
            workspace_id=actor.workspace_id,
            number=first_number + place,
            kind=content.kind,
            creator=actor,
            position=first_position + place * STEP,
            source_key=f"{source}{content.key}",
            moved_at=moment,
            **content.fields,
        )
        if content.parent is not None:
            above = made.get(content.parent)
            task.parent_id = above.pk if above else board[content.parent]
        if content.done:
            task.status, task.started_at, task.done_at = Task.Status.DONE, moment, moment
        elif content.begun:
            task.status, task.started_at = Task.Status.IN_PROGRESS, moment
        made[content.key] = task
    Task.objects.bulk_create(made.values(), batch_size=BATCH)
    return made


def write_updates(*, actor: Actor, updates: Sequence[Update], ids: Mapping[str, UUID]) -> None:
    """Change tasks that are on the board already; their rows are held by the caller."""
    if not updates:
        return
    rows = Task.objects.in_bulk([ids[update.key] for update in updates])
    for update in updates:
        task = rows[ids[update.key]]
        for name, value in update.fields.items():
            setattr(task, name, value)
        if update.parent is not None:
            task.parent_id = ids.get(update.parent, task.parent_id)
        record(
            actor=actor,
            verb="task.edited",
            message=f"changed {', '.join(update.words)} of {task.key} {task.title}",
            task=task,
            data={"changed": update.words},
        )
    Task.objects.bulk_update(rows.values(), [*FIELDS, "parent"], batch_size=BATCH)
    Task.objects.filter(pk__in=rows).update(version=F("version") + 1, updated_at=Now())


def write_edges(
    *,
    workspace: Workspace,
    new: Sequence[Content],
    updates: Sequence[Update],
    ids: Mapping[str, UUID],
) -> None:
    """Let tasks wait for others, and no longer wait. Raises Invalid for a circle with the board.

    The plan itself has none, but people may have added dependencies since.
    """
    named = [(part.key, part.waits_for) for part in new]
    named += [(update.key, update.waits_more) for update in updates]
    edges = [(ids[key], ids[other]) for key, others in named for other in others if other in ids]
    gone = [
        (ids[update.key], ids[other])
        for update in updates
        for other in update.waits_less
        if other in ids
    ]
    if updates:
        present = set(
            Dependency.objects.filter(task__workspace=workspace).values_list("task_id", "needs_id")
        )
        _check_circles(present - set(gone) | set(edges))
    Dependency.objects.bulk_create(
        [Dependency(task_id=task, needs_id=needs) for task, needs in edges],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    if gone:
        for start in range(0, len(gone), BATCH):
            pairs = Q()
            for task, needs in gone[start : start + BATCH]:
                pairs |= Q(task=task, needs=needs)
            Dependency.objects.filter(pairs).delete()
        freed = {task for task, _ in gone}
        holders = Actor.objects.filter(assignments__task__in=freed).distinct()
        wake_actors(holders, "it waits for less")


def prove_done(
    *, actor: Actor, new: Sequence[Content], made: Mapping[str, Task], document: Document
) -> None:
    """The evidence of what was ticked: the document that says so, or the finished subtasks."""
    done = [content for content in new if content.done]
    if not done:
        return
    house = system_actor(actor.workspace) if any(content.children for content in done) else actor
    evidence: list[Evidence] = []
    reviews: list[Review] = []
    for content in done:
        task, by = made[content.key], house if content.children else actor
        if content.children:
            proof = Evidence(kind=Evidence.Kind.CHILDREN)
            proof.summary = f"All {content.children} subtasks are done."
        else:
            proof = Evidence(kind=Evidence.Kind.DOCUMENT, document=document)
            proof.document_version = document.version
            proof.summary = TICKED.capitalize()
        proof.task, proof.submitted_by = task, by
        evidence.append(proof)
        verdict = Review.Verdict.APPROVED
        reviews.append(Review(task=task, reviewer=by, verdict=verdict, reason=proof.summary))
    Evidence.objects.bulk_create(evidence, batch_size=BATCH)
    Review.objects.bulk_create(reviews, batch_size=BATCH)
    links = Review.evidence.through
    links.objects.bulk_create(
        [
            links(review_id=review.pk, evidence_id=proof.pk)
            for review, proof in zip(reviews, evidence, strict=True)
        ],
        batch_size=BATCH,
    )


def follow_up(*, actor: Actor, made: Mapping[str, Task], board: set[UUID]) -> None:
    """Bring tasks that were there before to where their new subtasks are."""
    fresh = {task.pk for task in made.values()}
    below: dict[UUID, list[Task]] = {}
    for task in made.values():
        if task.parent_id and task.parent_id in board - fresh:
            below.setdefault(task.parent_id, []).append(task)
    for parent in Task.objects.filter(pk__in=below).order_by("pk"):
        if any(not task.done for task in below[parent.pk]):
            _reopen(actor, parent)
        if any(task.done or task.status == Task.Status.IN_PROGRESS for task in below[parent.pk]):
            roll_up(parent)


def _reopen(actor: Actor, parent: Task) -> None:
    """What is done cannot lie above what is not."""
    while parent.done:
        parent = change(lock(parent), status=Task.Status.IN_PROGRESS, moved_at=Now(), done_at=None)
        record(
            actor=actor,
            verb="task.moved",
            message=f"reopened {parent.key} {parent.title} with its new subtask",
            task=parent,
            data={"to": parent.status},
        )
        if parent.parent is None:
            return
        parent = parent.parent


def _check_circles(edges: set[tuple[UUID, UUID]]) -> None:
    following: dict[UUID, list[UUID]] = {}
    for task, needs in sorted(edges):
        following.setdefault(task, []).append(needs)
    finished: set[UUID] = set()
    for start in following:
        path: dict[UUID, Iterator[UUID]] = {}
        node: UUID | None = start
        while node is not None:
            if node not in path:
                path[node] = iter(following.get(node, ()))
            step = next((other for other in path[node] if other not in finished), None)
            if step is None:
                path.popitem()
                finished.add(node)
                node = next(reversed(path), None)
            elif step in path:
                way = list(path)
                _refuse([*way[way.index(step) :], step])
            else:
                node = step


def _refuse(circle: list[UUID]) -> None:
    named = dict(Task.objects.filter(pk__in=circle).values_list("pk", "number"))
    numbers = [named[key] for key in circle[:-1]]
    first = numbers.index(min(numbers))
    around = [*numbers[first:], *numbers[:first], min(numbers)]
    chain = " → ".join(f"TASK-{number:03d}" for number in around)
    raise Invalid(
        f"With the dependencies on the board, those of the plan go in a circle: {chain}.",
        field="dependencies",
        code="dependency_cycle",
        details={"cycle": chain},
    )
