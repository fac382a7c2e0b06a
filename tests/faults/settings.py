"""The house's own settings, with the rig built in."""

import os
import select
import time

if "FAKETIME" in os.environ:
    # libfaketime does not understand how Python sleeps; waiting for nothing it leaves alone.
    time.__dict__["sleep"] = lambda seconds: select.select([], [], [], seconds) and None

from missioncontrol.settings import *  # noqa: F403
from missioncontrol.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.rig"]
