"""Vectors: kept with their model and dimension, paid for once, never compared across models."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Membership
from core.errors import Invalid, Unavailable
from modules.embedding.keeping import digest_of, known, likeness, vector_of
from modules.models import AIModel, Call, Embedding, Job
from modules.running import actions
from modules.running.driving import work_off
from tests.modules.embedding.server import Vectors

pytestmark = pytest.mark.django_db(transaction=True)
Embed = Callable[..., Job]


@pytest.fixture
def server() -> Iterator[Vectors]:
    found = Vectors()
    yield found
    found.close()


@pytest.fixture
def embed(alice: Membership, workspace: Any, server: Vectors) -> Embed:
    AIModel.objects.create(
        workspace=workspace,
        name="Vectors",
        kind="embedding",
        provider="openai",
        model_id="small-1",
        base_url=server.url,
        input_price=1_000_000,
    )

    def go(*texts: str, operation: str = "embedding.embed", **given: Any) -> Job:
        job = actions.start_job(
            actor=alice.actor, operation=operation, input=given or {"texts": list(texts)}
        )
        work_off(1)
        job.refresh_from_db()
        return job

    return go


def test_a_vector_is_kept_with_its_model_and_dimension(embed: Embed, workspace: Any) -> None:
    job = embed("three lamps")
    assert job.state == "succeeded", job.error
    row = Embedding.objects.get()
    assert (row.workspace, row.model, row.dimension) == (workspace, "small-1", 3)
    assert row.digest == digest_of("three lamps")
    assert len(row.vector) == 12, "three numbers of 32 bits"
    found = known(workspace, "small-1", ["three lamps"])[row.digest]
    assert list(found.numbers()) == [11.0, 2.0, 1.5]


def test_the_same_text_is_not_paid_for_twice(embed: Embed, server: Vectors) -> None:
    first = embed("one", "two", "one")
    assert server.asked == [["one", "two"]]
    second = embed("two", "three")
    assert server.asked == [["one", "two"], ["three"]]
    assert second.result["vectors"][0] == first.result["vectors"][1]
    third = embed("one", "two", "three")
    assert (third.cost, third.result["asked"]) == (0, 0)
    assert Call.objects.count() == 2


def test_another_workspace_pays_for_itself(embed: Embed, charlie: Membership) -> None:
    embed("one")
    assert known(charlie.actor.workspace, "small-1", ["one"]) == {}


def test_vectors_of_another_model_or_size_do_not_compare() -> None:
    one = vector_of("small-1", [1.0, 0.0])
    assert likeness(one, vector_of("small-1", [2.0, 0.0])) == pytest.approx(1)
    assert likeness(one, vector_of("small-1", [0.0, 3.0])) == pytest.approx(0)
    for other in (vector_of("large-1", [1.0, 0.0]), vector_of("small-1", [1.0, 0.0, 0.0])):
        with pytest.raises(Invalid, match="do not compare"):
            likeness(one, other)


def test_a_model_that_makes_other_vectors_than_before_begins_anew(
    embed: Embed, server: Vectors
) -> None:
    embed("one", "two")
    server.dimension = 2
    job = embed("one", "three")
    assert job.result["dimension"] == 2
    assert {len(one) for one in job.result["vectors"]} == {2}
    assert set(Embedding.objects.values_list("dimension", flat=True)) == {2}


def test_two_texts_are_compared(embed: Embed) -> None:
    job = embed(operation="embedding.compare", first="lamp", second="lamp")
    assert job.result["likeness"] == 1.0
    assert job.result["text"] == "1.00 of 1"


def test_without_a_model_there_are_no_vectors_and_it_says_so(
    alice: Membership, workspace: Any, client: Any
) -> None:
    with pytest.raises(Unavailable, match="no embedding model"):
        actions.start_job(actor=alice.actor, operation="embedding.embed", input={"texts": ["one"]})
    client.force_login(alice.user)
    page = client.get("/modules/embedding.embed/").content.decode()
    assert "There is no embedding model" in page
    assert "/models/new/" in page
