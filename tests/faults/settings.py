"""The house's own settings, with the rig built in."""

from missioncontrol.settings import *  # noqa: F403
from missioncontrol.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.rig"]
