"""How often one may ask."""

import pytest
from django.conf import LazySettings

from core.api import limits
from core.api.limits import Meter
from tests.api.client import Program
from tests.conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("within_one_minute")


def test_whoever_asks_too_often_is_told_when_to_come_again(
    as_alice: Program, as_bob: Program, settings: LazySettings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "read": 3}
    replies = [as_alice.get("tasks") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert replies[0].headers["RateLimit-Policy"] == '"read";q=3;w=60'
    assert [reply.headers["RateLimit"].split(";")[1] for reply in replies] == [
        "r=2",
        "r=1",
        "r=0",
        "r=0",
    ]
    refused = replies[-1]
    assert refused.code == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert as_bob.get("tasks").status == 200, "each has a limit of their own"
    assert as_alice.post("tasks", {"title": "x"}).status == 201, "each class has one"


def test_an_address_has_a_higher_limit_for_all_behind_it(
    as_alice: Program, as_bob: Program, settings: LazySettings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "read": 3}
    settings.RATE_LIMIT_ADDRESS_FACTOR = 1
    statuses = [program.get("tasks").status for program in (as_alice, as_bob, as_alice, as_bob)]
    assert statuses == [200, 200, 200, 429]


@pytest.mark.django_db
def test_signing_in_is_limited_whatever_the_client_says_of_its_address(
    nobody: Program, settings: LazySettings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": 2}
    settings.RATE_LIMIT_ADDRESS_FACTOR = 1
    statuses = [
        nobody.post(
            "auth/login",
            {"username": f"name-{number}", "password": PASSWORD},
            X_Forwarded_For=f"10.0.0.{number}",
        ).status
        for number in range(4)
    ]
    assert statuses == [401, 401, 429, 429]


@pytest.mark.django_db
def test_guessing_keys_is_limited(nobody: Program, settings: LazySettings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "refused": 2}
    settings.RATE_LIMIT_ADDRESS_FACTOR = 1
    statuses = [Program(f"Token mc_guess{number}_x").get("tasks").status for number in range(4)]
    assert statuses == [401, 401, 429, 429]


def test_a_limit_of_zero_is_none(as_alice: Program, settings: LazySettings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    reply = as_alice.get("tasks")
    assert reply.status == 200
    assert "RateLimit" not in reply.headers


@pytest.mark.parametrize("limit", [1, 7, 50, 1000])
def test_several_processes_together_stay_within_the_limit(limit: int) -> None:
    processes = [Meter() for _ in range(4)]
    granted = sum(
        processes[number % 4].take("read:somebody", limit).allowed for number in range(limit * 3)
    )
    # What a process holds in stock when the limit is reached is not given out by the others.
    assert limit - 4 * max(1, limit // 50) <= granted <= limit


def test_requests_go_on_while_the_cache_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def add(self, *_: object, **__: object) -> None:
            raise ConnectionError

    monkeypatch.setattr(limits, "cache", Away())
    meter = Meter()
    allowed = [meter.take("read:somebody", 3).allowed for _ in range(5)]
    assert allowed == [True, True, True, False, False]
