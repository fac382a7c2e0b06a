"""The log as people read it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from activity.feed import PAGE, entries
from activity.log import logged, record
from activity.models import Activity
from activity.templatetags.feed import sentence
from documents.actions import create_document
from tasks.actions import create_task

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def screen(client: Client, alice: Membership) -> Client:
    client.force_login(alice.user)
    return client


def note(member: Membership, message: str = "did it", verb: str = "task.edited") -> Activity:
    with logged():
        return record(actor=member.actor, verb=verb, message=message)


def numbers(page: str) -> list[int]:
    return [int(part.split('"')[0]) for part in page.split('id="entry-')[1:]]


def test_the_feed_asks_as_much_for_200_entries_as_for_one(
    screen: Client, alice: Membership
) -> None:
    screen.get(reverse("activity:feed"))
    counts = []
    for total in (1, 3, 200):
        while Activity.objects.count() < total:
            note(alice)
        with CaptureQueriesContext(connection) as asked:
            screen.get(reverse("activity:feed"))
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_older_entries_follow_by_number_without_gap_or_double(
    screen: Client, alice: Membership
) -> None:
    for _ in range(PAGE + 5):
        note(alice)

    first = numbers(screen.get(reverse("activity:feed")).content.decode())
    note(alice)  # something new in between moves nothing
    older = screen.get(f"{reverse('activity:feed')}?before={first[-1]}", headers=HTMX)

    everything = first + numbers(older.content.decode())
    assert everything == list(range(PAGE + 5, 0, -1))
    assert "entry-more" not in older.content.decode()


def test_new_entries_come_in_above_once(screen: Client, alice: Membership) -> None:
    note(alice)
    page = screen.get(reverse("activity:feed")).content.decode()
    assert "after=1" in page

    note(alice, "first news")
    note(alice, "second news")
    news = screen.get(f"{reverse('activity:feed')}?after=1", headers=HTMX).content.decode()

    assert numbers(news) == [3, 2]
    assert "after=3" in news
    again = screen.get(f"{reverse('activity:feed')}?after=3", headers=HTMX).content.decode()
    assert numbers(again) == []
    assert "after=3" in again


def test_whoever_slept_through_hundreds_begins_anew(screen: Client, alice: Membership) -> None:
    Activity.objects.bulk_create(
        Activity(
            workspace=alice.workspace,
            number=number,
            verb="task.edited",
            message="x",
            created_at="2026-01-01T00:00Z",
        )
        for number in range(1, 300)
    )

    answer = screen.get(f"{reverse('activity:feed')}?after=0", headers=HTMX)

    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("actor=bob", ["bob wrote"]),
        ("group=runs", ["ran"]),
        ("q=alice+edited", ["alice edited"]),
        ("group=nonsense", ["ran", "bob wrote", "alice edited"]),
    ],
)
def test_the_feed_is_filtered(
    screen: Client, alice: Membership, bob: Membership, query: str, expected: list[str]
) -> None:
    note(alice, "alice edited")
    note(bob, "bob wrote", "document.created")
    note(alice, "ran", "run.started")

    page = screen.get(f"{reverse('activity:feed')}?{query}", headers=HTMX).content.decode()

    shown = [
        message for message in ("ran", "bob wrote", "alice edited") if f"</b> {message}" in page
    ]
    assert shown == expected


def test_the_feed_of_a_task(screen: Client, alice: Membership) -> None:
    one = create_task(actor=alice.actor, title="Paint the shed")
    create_task(actor=alice.actor, title="Fix the door")

    page = screen.get(f"{reverse('activity:feed')}?task={one.key}", headers=HTMX).content.decode()

    assert "Paint the shed" in page
    assert "Fix the door" not in page


def test_what_happens_elsewhere_is_not_shown(
    screen: Client, alice: Membership, charlie: Membership
) -> None:
    note(charlie, "a secret")

    assert "a secret" not in screen.get(reverse("activity:feed")).content.decode()


def test_a_sentence_links_what_it_names_and_escapes_the_rest(alice: Membership) -> None:
    document = create_document(actor=alice.actor, title="<b>Plan</b>", content="x")
    entry = entries(alice.workspace).first()
    assert entry
    entry.message = "told @bob that TASK-012 needs “<b>Plan</b>”"

    html = sentence(entry)

    assert '<a class="cite" href="/tasks/12/">TASK-012</a>' in html
    assert '<span class="who">@bob</span>' in html
    assert f'href="/documents/{document.pk}/">“&lt;b&gt;Plan&lt;/b&gt;”</a>' in html
    assert "<b>" not in html


def test_a_title_that_quotes_is_linked_whole(alice: Membership) -> None:
    create_document(actor=alice.actor, title="x", content="x")
    entry = entries(alice.workspace).first()
    assert entry
    entry.message = "wrote “Read “Moby” aloud” today"

    assert ">“Read “Moby” aloud”</a> today" in sentence(entry)
    entry.message = "wrote something"
    assert sentence(entry) == "wrote something"


def test_excerpts_are_read_without_their_signs(alice: Membership) -> None:
    create_document(actor=alice.actor, title="x", content="x")
    entry = entries(alice.workspace).first()
    assert entry
    entry.message = "asked: **last year** or `now`? 2 ** 3 * 4"

    assert sentence(entry) == "asked: last year or now? 2 ** 3 * 4"
