"""API keys: made once, kept as a hash, ended at will."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.keys import KeyRefused, authenticate_key, create_api_key, revoke_api_key
from accounts.models import Actor, ApiKey, Membership
from core.errors import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


def test_a_key_lets_in_whoever_it_was_made_for(alice: Membership) -> None:
    key, text = create_api_key(actor=alice.actor, name="CI", scopes=["write", "read"])

    assert text.startswith(f"mc_{key.prefix}_")
    assert authenticate_key(text).actor == alice.actor
    assert key.scopes == ["read", "write"]


def test_the_key_itself_is_kept_nowhere(alice: Membership) -> None:
    _, text = create_api_key(actor=alice.actor, name="CI")
    # The secret may hold underscores too: it begins after the second one.
    _, _, secret = text.split("_", 2)

    assert len(secret) == 43
    assert secret not in str(ApiKey.objects.values().get())


@pytest.mark.parametrize("text", ["", "mc_", "mc_aaaaaaaa_bbbb", "nonsense", "mc_" + "a" * 500])
def test_what_is_no_key_is_refused(alice: Membership, text: str) -> None:
    with pytest.raises(KeyRefused):
        authenticate_key(text)


def test_a_revoked_an_expired_and_an_orphaned_key_are_refused_alike(alice: Membership) -> None:
    words = set()
    for end in ("revoke", "expire", "orphan", "lock"):
        key, text = create_api_key(actor=alice.actor, name=end)
        if end == "revoke":
            revoke_api_key(actor=alice.actor, key=key)
        elif end == "expire":
            ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
        elif end == "orphan":
            Actor.objects.filter(pk=alice.actor_id).update(active=False)
        else:
            Actor.objects.filter(pk=alice.actor_id).update(active=True)
            alice.user.is_active = False
            alice.user.save(update_fields=["is_active"])
        with pytest.raises(KeyRefused) as refusal:
            authenticate_key(text)
        words.add(str(refusal.value))

    assert len(words) == 1


def test_use_is_noted_once_a_minute_at_most(alice: Membership) -> None:
    key, text = create_api_key(actor=alice.actor, name="CI")
    authenticate_key(text)
    first = ApiKey.objects.get().last_used_at
    authenticate_key(text)
    assert ApiKey.objects.get().last_used_at == first

    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=5))
    authenticate_key(text)
    used = ApiKey.objects.get(pk=key.pk).last_used_at
    assert used
    assert used > timezone.now() - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": "  "}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["root"]}),
        ("expires_at", {"expires_at": timezone.now() - timedelta(days=1)}),
    ],
)
def test_a_key_that_makes_no_sense_names_the_field(
    alice: Membership, field: str, values: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_api_key(actor=alice.actor, **{"name": "CI", "scopes": ["read"], **values})  # type: ignore[arg-type]

    assert refusal.value.field == field


def test_nobody_gives_out_more_than_they_have(bob: Membership, viewer: Membership) -> None:
    with pytest.raises(Forbidden):
        create_api_key(actor=bob.actor, name="CI", scopes=["admin"])
    with pytest.raises(Forbidden):
        create_api_key(actor=viewer.actor, name="CI", scopes=["write"])


def test_admins_make_keys_for_agents_and_for_no_other_person(
    alice: Membership, bob: Membership, agents: SimpleNamespace
) -> None:
    _, text = create_api_key(actor=alice.actor, name="Robot", owner=agents.technical.actor)

    assert authenticate_key(text).actor == agents.technical.actor
    with pytest.raises(Invalid):
        create_api_key(actor=alice.actor, name="Sneaky", owner=bob.actor)
    with pytest.raises(Forbidden):
        create_api_key(actor=bob.actor, name="Robot", owner=agents.technical.actor)


def test_a_key_is_revoked_by_its_owner_or_an_admin_alone(
    alice: Membership, bob: Membership, viewer: Membership, charlie: Membership
) -> None:
    key, _ = create_api_key(actor=bob.actor, name="Bob's")

    with pytest.raises(Forbidden):
        revoke_api_key(actor=viewer.actor, key=key)
    with pytest.raises(NotFound):
        revoke_api_key(actor=charlie.actor, key=key)
    revoke_api_key(actor=alice.actor, key=key)
    key.refresh_from_db()
    assert key.revoked_at
