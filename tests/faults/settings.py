"""The house's own settings, with the rig built in."""

import os
import select
import time
from datetime import timedelta

if "FAKETIME" in os.environ:
    # libfaketime does not understand how Python sleeps; waiting for nothing it leaves alone.
    time.__dict__["sleep"] = lambda seconds: select.select([], [], [], seconds) and None

if "FAULTS_CLOCK" in os.environ:
    import django.utils.timezone

    _ahead, _time, _now = float(os.environ["FAULTS_CLOCK"]), time.time, django.utils.timezone.now
    time.__dict__["time"] = lambda: _time() + _ahead
    django.utils.timezone.now = lambda: _now() + timedelta(seconds=_ahead)

from missioncontrol.settings import *  # noqa: F403
from missioncontrol.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.rig"]
