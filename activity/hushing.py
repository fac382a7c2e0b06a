"""What the log has said of something that is not for everybody any more."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, CharField, Value, When

from activity.models import Activity


def take_back_words(*, document: Any, said: Mapping[str, str], otherwise: str) -> int:
    """Put other sentences in the place of what the log says about a document, by verb.

    That something happened, when and by whom, stays. What had gone out before, to sockets and
    webhooks, is out. Returns how many entries it were.
    """
    sentences = [When(verb=verb, then=Value(text)) for verb, text in said.items()]
    return Activity.objects.filter(document=document).update(
        message=Case(*sentences, default=Value(otherwise), output_field=CharField()),
        data={"private": True},
    )
