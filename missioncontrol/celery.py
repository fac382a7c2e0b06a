"""Celery wakes; the database is the record. The functions live in each app's ``jobs.py``."""

import os

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")

app = Celery("missioncontrol")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@signals.setup_logging.connect
def keep_our_logging(**options: object) -> None:
    """A receiver, whatever it does, keeps Celery from setting up logging of its own."""


@signals.worker_init.connect
def give_a_pulse(sender: object, **options: object) -> None:
    """Workers show that they live; imported late, since the pulse needs the cache."""
    from django_structlog.celery.steps import DjangoStructLogInitStep

    from missioncontrol.pulse import WorkerPulse

    app.steps["worker"].add(DjangoStructLogInitStep)
    app.steps["consumer"].add(WorkerPulse)
