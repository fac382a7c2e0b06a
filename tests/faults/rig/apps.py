"""Fits the rig when the house opens."""

import os

from django.apps import AppConfig


class RigConfig(AppConfig):
    name = "tests.faults.rig"
    label = "rig"

    def ready(self) -> None:
        if not os.environ.get("FAULTS_LEDGER"):
            return
        from modules.language import registry
        from tests.faults.rig import effects, points, switches, watching

        registry.PROVIDERS["simulated"] = "tests.faults.rig.model:ScriptedModel"
        effects.fit()
        switches.fit(os.environ.get("FAULTS_OFF", "").split())
        watching.fit()
        if "FAULTS_LEASE" in os.environ:
            watching.shorten_leases(float(os.environ["FAULTS_LEASE"]))
        if "FAULTS_MESSAGES" in os.environ:
            watching.double_messages()
        points.fit(os.environ.get("FAULTS_DIE_AT", ""))
