from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete

# What an entry of the log may speak of; its models are known by name alone.
SPOKEN_OF = ("tasks.Task", "agents.Agent", "agents.Run", "documents.Document")


class ActivityConfig(AppConfig):
    name = "activity"

    def ready(self) -> None:
        # The rooms below cannot know the log; they tell it through their journal.
        from accounts import journal
        from activity.log import enter

        journal.keep(enter)
        for model in SPOKEN_OF:
            post_delete.connect(_let_go, sender=model, dispatch_uid=f"let-go-{model}")


def _let_go(sender: Any, instance: Any, **_: Any) -> None:
    from activity.log import let_go

    let_go(instance)
