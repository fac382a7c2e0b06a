"""Finding documents by their words, on either database."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from documents import actions, index
from documents.models import Document
from documents.search import BEGIN, END, excerpts, search
from tests.api.client import Program

pytestmark = pytest.mark.django_db


def write(member: Membership, title: str, content: str = "", **more: Any) -> Document:
    return actions.create_document(actor=member.actor, title=title, content=content, **more)


def titles(member: Membership, query: str) -> list[str]:
    return [one.title for one in search(member.actor, query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lamp", True),
        ("LAMPS burn", True),
        ("burn absent", False),
        ("för", True),
        ("main py", True),
        ("src/main.py", True),
        ("v1.2", True),
        ("amps", False),
        ('"lamps" OR NOT (x', False),
        ("'; --", False),
        ("* & | ! :", False),
        ("lamps\x00", True),
    ],
)
def test_every_word_is_looked_for_by_its_beginning(
    alice: Membership, query: str, found: bool
) -> None:
    write(alice, "Tides", "Two lamps burn, för alla: see src/main.py of v1.2.")

    assert (titles(alice, query) == ["Tides"]) is found


def test_a_hit_in_the_title_comes_first(alice: Membership) -> None:
    write(alice, "Lamps", "and much else " * 20)
    write(alice, "Boats", "a boat that has one of the lamps " + "and much else " * 20)

    assert titles(alice, "lamps") == ["Lamps", "Boats"]


def test_the_index_follows_every_change(alice: Membership) -> None:
    document = write(alice, "Tides", "low")
    actions.edit_document(actor=alice.actor, document=document, content="high")
    assert titles(alice, "low") == []
    assert titles(alice, "high") == ["Tides"]
    actions.edit_document(actor=alice.actor, document=document, title="Ebb")
    assert titles(alice, "ebb") == ["Ebb"]
    document.delete()
    assert titles(alice, "high") == []


def test_an_excerpt_shows_where_the_words_stand(alice: Membership) -> None:
    document = write(alice, "Tides", "so " * 300 + "then the lamps burn " + "on " * 300)

    (found,) = excerpts([document.pk], "lamps burn").values()

    assert f"{BEGIN}lamps{END} {BEGIN}burn{END}" in found
    assert len(found) < 400


def test_the_screen_marks_what_was_found_and_nothing_runs(
    client: Client, alice: Membership
) -> None:
    write(alice, "Tides", "<script>lamps</script> & the **lamps**")
    client.force_login(alice.user)

    page = client.get(reverse("documents:list") + "?q=lamps").content.decode()

    assert "<mark>lamps</mark>" in page
    assert " &amp; the" in page
    assert "<script>lamps" not in page.replace("<mark>", "")


def test_programs_get_the_excerpt_and_filters_hold(as_alice: Program, alice: Membership) -> None:
    write(alice, "Tides", "two lamps", kind="research")
    write(alice, "Boats", "two lamps", kind="protocol")

    found = as_alice.get("documents?search=lamp&kind=research").body

    assert found["count"] == 1
    assert found["results"][0]["excerpt"] == "two ⟦lamps⟧"
    assert as_alice.get("documents?kind=research").body["results"][0]["excerpt"] is None


def test_a_text_with_more_words_than_an_index_holds_is_found_by_its_beginning(
    alice: Membership,
) -> None:
    many = " ".join(f"word{number:x}" for number in range(110_000))

    write(alice, "Long", many[:990_000])

    assert titles(alice, "worda1") == ["Long"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its triggers")
def test_triggers_that_a_migration_lost_are_put_back(alice: Membership) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER documents_words_insert")
    write(alice, "Tides", "low")
    assert titles(alice, "low") == []

    index.mend(connection)
    write(alice, "Ebb", "low")

    assert sorted(titles(alice, "low")) == ["Ebb", "Tides"]


def test_the_database_asks_its_index(alice: Membership) -> None:
    write(alice, "Tides", "low")
    rows = search(alice.actor, "low")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "EXPLAIN SELECT id FROM documents_document "
                "WHERE words @@ to_tsquery('simple', '''low'':*')"
            )
            plan = str(cursor.fetchall())
        assert "documents_words" in plan
    else:
        assert "VIRTUAL TABLE INDEX" in rows.explain()
