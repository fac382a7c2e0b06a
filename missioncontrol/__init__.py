"""The house: settings, addresses, and the ways to run it."""

from missioncontrol.celery import app as celery_app

__all__ = ["celery_app"]
