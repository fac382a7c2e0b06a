"""Queries whose SQL is written once give what the same query gives anew."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership
from core.prepared import Prepared, Whole
from tasks.actions import create_task
from tasks.models import Assignment, Task

COLUMNS = ("pk", "number", "title", "needs", "due_at", "estimate_low", "creator__handle", "parent")
of_tasks = Prepared(lambda keys: Task.objects.filter(pk__in=keys).values_list(*COLUMNS))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_rows_are_those_of_the_query_itself(alice: Membership, count: int) -> None:
    keys = [
        create_task(
            actor=alice.actor,
            title=f"Task {number}",
            needs=["oil"],
            due_at=timezone.now() + timedelta(days=number),
            estimate_low=1.5,
        ).pk
        for number in range(count)
    ]
    for _ in range(2):
        expected = sorted(Task.objects.filter(pk__in=keys).values_list(*COLUMNS))
        assert sorted(of_tasks.rows(keys)) == expected
    assert of_tasks.rows([uuid4()]) == []
    assert of_tasks.rows([]) == []


def test_several_lists_keep_apart(alice: Membership) -> None:
    one = create_task(actor=alice.actor, title="One", assignees=[alice.actor])
    two = create_task(actor=alice.actor, title="Two", assignees=[alice.actor])
    held = Prepared(
        lambda tasks, actors: Assignment.objects.filter(
            task__in=tasks, actor__in=actors
        ).values_list("task_id", "actor_id")
    )
    assert held.rows([one.pk], [alice.actor_id]) == [(one.pk, alice.actor_id)]
    assert held.rows([alice.actor_id], [one.pk]) == []
    assert len(held.rows([one.pk, two.pk], [alice.actor_id, uuid4()])) == 2


@pytest.mark.django_db
def test_a_query_that_loses_an_id_is_refused() -> None:
    fixed = uuid4()
    careless = Prepared(lambda keys: Task.objects.filter(pk=fixed).values_list("pk"))
    with pytest.raises(ValueError, match="not every value"):
        careless.rows([uuid4()])


def test_numbers_are_values_too(alice: Membership) -> None:
    tasks = [create_task(actor=alice.actor, title=title) for title in ("One", "Two", "Three")]
    titles = Prepared(
        lambda numbers: Task.objects.filter(number__in=numbers).values_list("title").order_by()
    )
    assert sorted(titles.rows([1, 3])) == [("One",), ("Three",)]
    assert titles.rows([tasks[1].number]) == [("Two",)]
    assert titles.rows([99]) == []


def test_whole_rows_come_with_what_they_link_to(
    alice: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parent = create_task(actor=alice.actor, title="Ship", checklist=["Saw"])
    child = create_task(actor=alice.actor, title="Keel", parent=parent, needs=["oak"])
    links = ("workspace", "parent", "parent__parent", "creator", "reviewer")
    whole = Whole(Task, links, lambda tasks, keys: tasks.filter(pk__in=keys).order_by())
    for task in (child, parent):
        plain = Task.objects.select_related(*links).get(pk=task.pk)
        [found] = whole.rows([task.pk])
        with django_assert_num_queries(0):
            for field in Task._meta.concrete_fields:
                assert getattr(found, field.attname) == getattr(plain, field.attname)
            for link in ("workspace", "parent", "creator", "reviewer"):
                assert getattr(found, link) == getattr(plain, link)
            assert found.parent is None or found.parent.parent is None
            assert found.workspace.last_event == plain.workspace.last_event
    assert whole.rows([uuid4()]) == []


def odd(numbers: list[int]) -> QuerySet[Any, Any]:
    """With constants of several kinds, in signs that mean something in SQL."""
    found = Task.objects.filter(number__in=numbers, status=Task.Status.INBOX, blocked_at=None)
    wanted = Q(title__contains="100%") | Q(title__startswith="It's") | Q(priority=3)
    return found.filter(wanted).exclude(title="50%s").order_by("number").values_list("title")


def test_what_never_changes_may_have_any_signs(alice: Membership) -> None:
    titles = ["100% done", "It's %s", "50%s", "Else", 'A "100%%" mark']
    for title in titles:
        create_task(actor=alice.actor, title=title)
    prepared = Prepared(odd)
    for numbers in ([1], [2], [1, 2, 3], [3, 4, 5], [5, 4, 3, 2, 1]):
        assert prepared.rows(numbers) == list(odd(numbers))
    assert prepared.rows([1, 2, 3, 4, 5]) == [(titles[0],), (titles[1],), (titles[4],)]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL plans ahead")
def test_what_never_changes_is_told_to_whoever_plans(alice: Membership) -> None:
    """A plan for a status that is not known begins from the wrong end."""
    prepared = Prepared(odd)
    prepared.rows([1, 2])
    [shape] = prepared._known.values()
    assert "'inbox'" in shape._sql
    assert len(shape._fixed) == 2
