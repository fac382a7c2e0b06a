"""The screens: choose, ask, watch, keep in order, plan."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from modules.models import Asset, Job, Schedule
from modules.operations import registry
from modules.running.driving import work_off
from tests.modules.assets.pictures import bomb, png
from tests.modules.running.conftest import TEXT

Make = Callable[..., Job]


def signed_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def bobs(bob: Membership) -> Client:
    return signed_in(bob)


def page(client: Client, name: str, *args: Any) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_everything_that_modules_can_do_has_a_form(bobs: Client) -> None:
    index = page(bobs, "modules:index")
    for one in registry:
        assert one.title in index
        form = page(bobs, "modules:operation", one.name)
        for name in one.schema["properties"]:
            assert f'name="{name}"' in form, f"{one.name}: {name}"


def test_a_form_starts_a_job_whose_page_says_what_came_of_it(bobs: Client) -> None:
    address = reverse("modules:operation", args=["language.summarise"])
    response = bobs.post(address, {"text": TEXT, "length": "sentence"})
    job = Job.objects.get()
    assert response.url == reverse("modules:job", args=[job.pk])  # type: ignore[attr-defined]
    waiting = page(bobs, "modules:job", job.pk)
    assert "every 1s" in waiting
    assert "Cancel" in waiting
    work_off(1)
    job.refresh_from_db()
    done = page(bobs, "modules:job", job.pk)
    assert job.result["text"] in done
    assert "every 1s" not in done
    assert "simulated" in done


def test_a_form_with_a_mistake_says_so_and_keeps_what_was_written(bobs: Client) -> None:
    address = reverse("modules:operation", args=["language.classify"])
    response = bobs.post(address, {"text": "Unique words", "labels": "only one"})
    assert response.status_code == 422
    assert "Unique words" in response.content.decode()
    assert not Job.objects.exists()


def test_the_price_is_told_before(bobs: Client) -> None:
    address = reverse("modules:operation", args=["language.summarise"])
    response = bobs.post(address, {"text": TEXT, "length": "short", "price": "1"})
    assert "simulated" in response.content.decode()
    assert not Job.objects.exists()


def test_a_picture_from_this_device_becomes_an_asset_and_is_looked_at(bobs: Client) -> None:
    address = reverse("modules:operation", args=["vision.describe"])
    file = SimpleUploadedFile("given.png", png())
    bobs.post(address, {"image__file": file, "detail": "full"})
    work_off(1)
    job = Job.objects.get()
    assert job.state == "succeeded", job.error
    assert job.input["image"] == str(Asset.objects.get().pk)


def test_what_is_found_is_framed(bobs: Client) -> None:
    address = reverse("modules:operation", args=["vision.find"])
    bobs.post(address, {"image__file": SimpleUploadedFile("given.png", png())})
    Job.objects.update(
        state="succeeded", result={"objects": [{"label": "lamp", "box": [0.5, 0.25, 0.1, 0.2]}]}
    )
    text = page(bobs, "modules:job", Job.objects.get().pk)
    assert '<rect x="50.00" y="25.00" width="10.00" height="20.00"' in text


def test_a_job_is_cancelled_and_done_again(bobs: Client, bob: Membership) -> None:
    bobs.post(
        reverse("modules:operation", args=["language.summarise"]), {"text": TEXT, "length": "short"}
    )
    job = Job.objects.get()
    bobs.post(reverse("modules:job_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    bobs.post(reverse("modules:job_retry", args=[job.pk]))
    assert Job.objects.filter(retry_of=job).exists()
    again = bobs.get(
        reverse("modules:operation", args=["language.summarise"]), {"again": str(job.pk)}
    )
    assert "Somebody painted the bench blue." in again.content.decode()


def test_somebody_who_may_look_finds_no_button(viewer: Membership, done: Make) -> None:
    job = done()
    vera = signed_in(viewer)
    assert "Do again" not in page(vera, "modules:job", job.pk)
    address = reverse("modules:operation", args=["language.summarise"])
    assert vera.post(address, {"text": TEXT, "length": "short"}).status_code == 403


def test_what_belongs_to_others_is_not_there(charlie: Membership, done: Make) -> None:
    job = done("image.generate", prompt="A pier")
    stranger = signed_in(charlie)
    for address in (
        reverse("modules:job", args=[job.pk]),
        reverse("modules:asset", args=[job.assets.get().pk]),
    ):
        assert stranger.get(address).status_code == 404


def test_the_hub_shows_what_was_made_and_keeps_it_in_order(bobs: Client, done: Make) -> None:
    asset = done("image.generate", prompt="A lighthouse at night").assets.get()
    hub = page(bobs, "modules:assets")
    assert "A lighthouse at night" in hub
    assert f"/assets/{asset.pk}/thumbnail/" in hub
    bobs.post(
        reverse("modules:asset_change", args=[asset.pk]),
        {"name": "Light.webp", "tags": "Night, harbour", "rating": "5"},
    )
    text = page(bobs, "modules:asset", asset.pk)
    assert "harbour, night" in text
    assert "data-confirm" in text
    response = bobs.get(reverse("modules:assets"), {"tag": "night", "least_rating": "5"})
    assert "Light.webp" in response.content.decode()
    bobs.post(reverse("modules:asset_delete", args=[asset.pk]))
    assert not Asset.objects.exists()


def test_files_are_taken_in_and_refusals_named(bobs: Client) -> None:
    files = [SimpleUploadedFile("good.png", png()), SimpleUploadedFile("bomb.png", bomb())]
    response = bobs.post(reverse("modules:asset_upload"), {"file": files}, follow=True)
    text = response.content.decode()
    assert "good.png" in text
    assert "at most 40,000,000" in text
    assert Asset.objects.count() == 1


def test_a_schedule_is_planned_changed_and_deleted(bobs: Client) -> None:
    address = reverse("modules:schedule_new") + "?operation=language.summarise"
    given = {
        "text": TEXT,
        "length": "short",
        "schedule_name": "Morning",
        "cron": "0 9 * * 1-5",
        "timezone": "Europe/Berlin",
        "enabled": "on",
    }
    assert bobs.post(address, {**given, "cron": "nonsense"}).status_code == 422
    assert bobs.post(address, given).status_code == 302
    one = Schedule.objects.get()
    assert "Morning" in page(bobs, "modules:schedules")
    assert "0 9 * * 1-5" in page(bobs, "modules:schedule", one.pk)
    bobs.post(reverse("modules:schedule_now", args=[one.pk]))
    assert Job.objects.get().schedule == one
    bobs.post(reverse("modules:schedule_switch", args=[one.pk]))
    one.refresh_from_db()
    assert not one.enabled
    bobs.post(reverse("modules:schedule_delete", args=[one.pk]))
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_no_more_for_more_rows(
    bobs: Client, done: Make, django_assert_max_num_queries: Any, count: int
) -> None:
    for number in range(count):
        done("image.generate", prompt=f"Pier {number}")
    with django_assert_max_num_queries(24):
        page(bobs, "modules:index")
    with django_assert_max_num_queries(24):
        page(bobs, "modules:assets")
