"""A conversation of ten thousand turns: its page, and what of it is sent to the model."""

import statistics
import time
from collections.abc import Iterator

from django.db import connection
from django.test import Client

from accounts.actions import create_user, create_workspace
from agents.handlers import handler_of
from agents.models import Run
from agents.seeding import seed_agents
from conversations.actions import send_turn, start_conversation
from conversations.models import Conversation, Turn
from conversations.prompts import model_of
from modules.actions import configure_from_environment
from modules.language.reckoning import CAUTIOUS
from scripts.benches import Figure
from scripts.benches.rig.apart import own_database, plain_files

TURNS, VISITS = 10_000, 30


def measure() -> Iterator[Figure]:
    with own_database():
        yield from _measure()


def _measure() -> Iterator[Figure]:
    user = create_user(
        username="owner", email="owner@example.org", password="correct-horse-battery"
    )
    owner = create_workspace(name="Long", owner=user)
    configure_from_environment(owner.workspace)
    talk = start_conversation(actor=owner.actor, agent=seed_agents(owner.workspace)[0])
    Turn.objects.bulk_create(_turns(talk), batch_size=500)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with plain_files():
        took = sorted(_visit(client, talk) for _ in range(VISITS + 1))
    engine = connection.vendor
    yield Figure(f"page of {TURNS} turns, {engine}, median", statistics.median(took), "ms")
    yield Figure(f"page of {TURNS} turns, {engine}, p95", took[int(VISITS * 0.95)], "ms", 200)
    send_turn(actor=owner.actor, conversation=talk, content="And what follows from all that?")
    run = Run.objects.select_related("agent__actor", "agent__model").get(thread=talk.pk)
    began = time.perf_counter()
    brief = handler_of(run).brief(run)
    yield Figure("making its prompt", (time.perf_counter() - began) * 1000, "ms")
    said = [brief.system, brief.message, *(message.text for message in brief.history)]
    room = model_of(talk).context_window
    yield Figure("its prompt", sum(map(len, said)) / CAUTIOUS, "tok", room)


def _turns(talk: Conversation) -> Iterator[Turn]:
    for index in range(TURNS):
        text = f"**Turn {index}**: " + "words of the harbour and its lamps " * 8
        yield Turn(
            conversation=talk,
            index=index,
            role="agent" if index % 2 else "person",
            content=text,
            parts=[{"kind": "text", "text": text}] if index % 2 else [],
        )


def _visit(client: Client, talk: Conversation) -> float:
    began = time.perf_counter()
    page = client.get(f"/chat/{talk.pk}/")
    assert page.status_code == 200
    assert page.content.count(b"<article") == 50
    return (time.perf_counter() - began) * 1000
