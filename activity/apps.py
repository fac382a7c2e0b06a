from functools import partial
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete

# What an entry of the log may speak of; its models are known by name alone.
SPOKEN_OF = {
    "task": "tasks.Task",
    "agent": "agents.Agent",
    "run": "agents.Run",
    "document": "documents.Document",
}


class ActivityConfig(AppConfig):
    name = "activity"

    def ready(self) -> None:
        # The rooms below cannot know the log; they tell it through their journal.
        from accounts import journal
        from activity.keeping import register_all
        from activity.log import enter

        journal.keep(enter)
        register_all()
        for what, model in SPOKEN_OF.items():
            name = f"let-go-{what}"
            post_delete.connect(partial(_let_go, what), model, weak=False, dispatch_uid=name)


def _let_go(what: str, instance: Any, **_: Any) -> None:
    from activity.log import let_go

    let_go(what, instance.pk)
