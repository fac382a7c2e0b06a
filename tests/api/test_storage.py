"""Files are in the storage before a transaction begins, and gone when nothing came of it.

A bucket may take seconds. Within a transaction others would wait for it: on SQLite everybody
who writes, on PostgreSQL whoever renews the lease of the job that made the file.
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from conversations.models import Conversation
from modules.models import AIModel
from modules.running.actions import start_job
from modules.running.driving import work_off
from tasks.actions import create_task, post_message
from tests.api.client import Program
from tests.modules.assets.pictures import png

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def within(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each file that is written: whether it was within a transaction."""
    settings.MEDIA_ROOT = tmp_path / "media"
    seen: list[bool] = []
    save: Callable[..., str] = default_storage.save

    def watched(*args: Any, **kwargs: Any) -> str:
        seen.append(connection.in_atomic_block)
        return save(*args, **kwargs)

    monkeypatch.setattr(default_storage, "save", watched)
    return seen


@pytest.fixture
def screen(alice: Membership) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def files(folder: object) -> list[str]:
    return [str(path) for path in Path(str(folder)).rglob("*") if path.is_file()]


def test_by_the_api(within: list[bool], as_bob: Program, bob: Membership) -> None:
    assert as_bob.upload("assets", "pier.png", png(40, 30)).status == 201
    task = create_task(actor=bob.actor, title="Light")
    message = post_message(actor=bob.actor, task=task, body="Look")
    assert as_bob.upload(f"messages/{message.pk}/attachments", "pier.txt", b"x").status == 201
    assert within == [False] * 3, "the picture, the small one of it, and the text"


def test_by_the_screens(
    within: list[bool], screen: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    task = create_task(actor=alice.actor, title="Light")
    several = [SimpleUploadedFile(f"{name}.txt", b"x") for name in "ab"]
    said = screen.post(reverse("tasks:say", args=[task.number]), {"body": "x", "files": several})
    assert said.status_code == 302
    picture = SimpleUploadedFile("pier.png", png(40, 30))
    talk = {"agent": str(agents.technical.pk), "content": "Look", "files": picture}
    assert screen.post(reverse("conversations:start"), talk).status_code == 302
    assert Conversation.objects.get().turns.first().files.get().asset is not None  # type: ignore[union-attr]
    assert within == [False] * 4


def test_by_a_job(within: list[bool], alice: Membership, workspace: Any) -> None:
    AIModel.objects.filter(workspace=workspace).update(options={"latency_ms": 0})
    job = start_job(actor=alice.actor, operation="image.generate", input={"prompt": "A lamp"})
    work_off(1)
    assert job.assets.exists()
    assert within
    assert not any(within)


def test_what_is_refused_leaves_nothing(
    within: list[bool],
    screen: Client,
    as_alice: Program,
    alice: Membership,
    bob: Membership,
    agents: SimpleNamespace,
    settings: LazySettings,
) -> None:
    task = create_task(actor=alice.actor, title="Light")
    say = reverse("tasks:say", args=[task.number])
    sent = {"body": "@nobody, look", "files": SimpleUploadedFile("a.txt", b"x")}
    assert screen.post(say, sent).status_code >= 400
    theirs = post_message(actor=bob.actor, task=task, body="Mine")
    assert as_alice.upload(f"messages/{theirs.pk}/attachments", "b.txt", b"x").status == 403
    picture = SimpleUploadedFile("pier.png", png(40, 30))
    talk = {"agent": str(agents.technical.pk), "content": "x" * 200_000, "files": picture}
    assert screen.post(reverse("conversations:start"), talk).status_code >= 400
    assert len(within) == 4, "they had been there"
    assert files(settings.MEDIA_ROOT) == []


def test_what_another_asset_has_stays(
    within: list[bool],
    screen: Client,
    as_alice: Program,
    agents: SimpleNamespace,
    settings: LazySettings,
) -> None:
    assert as_alice.upload("assets", "pier.png", png(40, 30)).status == 201
    there = files(settings.MEDIA_ROOT)
    picture = SimpleUploadedFile("again.png", png(40, 30))
    talk = {"agent": str(agents.technical.pk), "content": "x" * 200_000, "files": picture}
    assert screen.post(reverse("conversations:start"), talk).status_code >= 400
    assert files(settings.MEDIA_ROOT) == there
