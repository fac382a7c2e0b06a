"""Whom a picture of somebody names to those who hear the page."""

from types import SimpleNamespace

from core.templatetags.ui import avatar

ADA = SimpleNamespace(kind="user", handle="ada", name="Ada Lovelace")


def test_beside_a_name_it_is_silent() -> None:
    assert 'aria-hidden="true"' in avatar(ADA)
    assert 'aria-hidden="true"' in avatar(None)


def test_alone_it_says_the_name() -> None:
    face = avatar(ADA, alone=True)
    assert 'role="img" aria-label="Ada Lovelace"' in face
    assert "aria-hidden" not in face
    assert 'aria-label="Nobody any more"' in avatar(None, alone=True)
