from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "activity"

    def ready(self) -> None:
        # The rooms below cannot know the log; they tell it through their journal.
        from accounts import journal
        from activity.log import enter

        journal.keep(enter)
