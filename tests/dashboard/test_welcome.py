"""The first page after the first account."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Workspace
from dashboard.founding import sample_roadmap
from dashboard.views import welcome
from modules.actions import Verdict
from modules.models import AIModel
from tasks.models import Task

pytestmark = pytest.mark.django_db

FORM = {"kind": "openai", "api_key": "sk-test", "model_id": "gpt-test"}


@pytest.fixture
def screen(client: Client, alice: Membership, workspace: Workspace) -> Client:
    client.force_login(alice.user)
    return client


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    """What trying a model comes to; the first of them, nothing asks a real one."""
    verdicts = [Verdict(True, "It answers.")]
    monkeypatch.setattr(welcome, "test_model", lambda **_: verdicts[0])
    return verdicts


def real() -> list[AIModel]:
    return list(AIModel.objects.exclude(provider="simulated"))


def test_a_model_that_answers_becomes_the_default(screen: Client, answers: list[Verdict]) -> None:
    answer = screen.post(reverse("dashboard:welcome"), FORM, follow=True)

    assert [(model.name, model.is_default, model.has_key) for model in real()] == [
        ("gpt-test", True, True)
    ]
    assert "You are ready" in answer.content.decode()


def test_a_model_that_does_not_answer_leaves_no_trace_and_says_why(
    screen: Client, answers: list[Verdict]
) -> None:
    answers[0] = Verdict(False, "The key is not valid. Copy it again.", "wrong_key")

    answer = screen.post(reverse("dashboard:welcome"), FORM)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The key is not valid. Copy it again." in page
    assert "gpt-test" in page, "what was typed stays"
    assert "sk-test" not in page, "but never the key"
    assert real() == []


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"kind": "openai"}, "asks for a key"),
        ({"kind": "compatible"}, "where the server is"),
        ({"kind": "compatible", "base_url": "http://localhost:1/v1"}, "which of its models"),
        ({"kind": "pigeon"}, "not one of the available choices"),
    ],
)
def test_a_form_that_lacks_something_says_what(
    screen: Client, answers: list[Verdict], form: dict[str, str], word: str
) -> None:
    answer = screen.post(reverse("dashboard:welcome"), form)

    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert real() == []


def test_a_compatible_server_needs_no_key(screen: Client, answers: list[Verdict]) -> None:
    form = {"kind": "compatible", "base_url": "http://localhost:11434/v1", "model_id": "llama"}

    screen.post(reverse("dashboard:welcome"), form)

    assert [(model.provider, model.base_url) for model in real()] == [
        ("openai", "http://localhost:11434/v1")
    ]


def test_one_can_go_on_without(screen: Client) -> None:
    page = screen.get(reverse("dashboard:welcome")).content.decode()

    assert "Go on simulated" in page


def test_the_sample_plan_becomes_a_tree_and_then_tasks(screen: Client) -> None:
    form = {"text": sample_roadmap()}

    page = screen.post(reverse("tasks:roadmap"), form).content.decode()
    assert "Plan the request for a berth" in page
    assert not Task.objects.exists()

    screen.post(reverse("tasks:roadmap"), {**form, "confirm": "1"})
    assert Task.objects.filter(kind="phase").count() == 3
    assert Task.objects.exclude(kind="phase").count() == 8
