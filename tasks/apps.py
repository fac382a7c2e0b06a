from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"

    def ready(self) -> None:
        from documents.privacy import kept_open_by
        from tasks import companions
        from tasks.actions.reviewing import stands_on
        from tasks.handlers import register_all

        register_all()
        companions.register_all()
        kept_open_by(stands_on)
