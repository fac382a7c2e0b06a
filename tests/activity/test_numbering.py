"""The log's last entry takes the commit with it, and nothing is lost or half done by that.

On SQLite, and inside another transaction, there is a commit of its own: the same must hold.
"""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts.models import Actor, Membership, Workspace
from activity import events, log, numbering
from activity.log import record, verb
from activity.models import Activity, Delivery
from activity.webhooks import actions
from tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)


@verb
def say(*, actor: Actor, message: str = "said something", task: Task | None = None) -> Activity:
    """Record one entry, and nothing else."""
    return record(actor=actor, verb="task.mentioned", message=message, task=task)


def last_event(member: Membership) -> int:
    return Workspace.objects.get(pk=member.workspace_id).last_event


def test_entries_are_numbered_without_a_gap(alice: Membership) -> None:
    before = last_event(alice)
    assert [say(actor=alice.actor).number for _ in range(3)] == [before + n for n in (1, 2, 3)]
    assert last_event(alice) == before + 3
    assert not connection.in_atomic_block


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone can do that")
def test_the_lock_on_the_number_is_gone_before_the_verb_ends(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = events.as_event

    def look(entry: Activity) -> object:
        other = connections.create_connection("default")
        try:
            with other.cursor() as cursor:
                table = Workspace._meta.db_table
                cursor.execute(
                    f"SELECT slug FROM {table} WHERE id = %s FOR UPDATE NOWAIT",
                    [alice.workspace_id],
                )
                seen.append(cursor.fetchone()[0])
        finally:
            other.close()
        return real(entry)

    monkeypatch.setattr(log, "as_event", look)
    say(actor=alice.actor)
    assert seen == [alice.workspace.slug]


def test_a_webhook_of_which_this_process_does_not_know_hears_all_the_same(
    alice: Membership,
) -> None:
    actions.create_webhook(actor=alice.actor, name="Ears", url="http://example.org/in")
    numbering._heard.clear()
    before = last_event(alice)
    entry = say(actor=alice.actor)
    assert entry.number == before + 1 == last_event(alice)
    assert Delivery.objects.filter(activity=entry).count() == 1
    assert Activity.objects.filter(verb="task.mentioned").count() == 1


def test_a_webhook_that_is_gone_is_forgotten(alice: Membership) -> None:
    webhook, _ = actions.create_webhook(actor=alice.actor, name="Ears", url="http://example.org/in")
    actions.delete_webhook(actor=alice.actor, webhook=webhook)
    entries = [say(actor=alice.actor) for _ in range(2)]
    assert not Delivery.objects.filter(activity__in=entries).exists()
    assert alice.workspace_id not in numbering._heard


def test_a_commit_that_the_database_refuses_leaves_nothing(alice: Membership) -> None:
    before = last_event(alice)
    nowhere = Task(pk=uuid4(), number=1, workspace=alice.workspace)
    with pytest.raises(IntegrityError):
        say(actor=alice.actor, task=nowhere)
    assert last_event(alice) == before
    assert not Activity.objects.filter(verb="task.mentioned").exists()
    assert say(actor=alice.actor).number == before + 1


def test_inside_another_transaction_nothing_is_committed(alice: Membership) -> None:
    before = last_event(alice)
    with transaction.atomic():
        say(actor=alice.actor)
        transaction.set_rollback(True)
    assert last_event(alice) == before
    assert not Activity.objects.filter(verb="task.mentioned").exists()
