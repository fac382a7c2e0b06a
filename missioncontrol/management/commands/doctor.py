"""``manage.py doctor``: is everything set up, and what is there to mend?"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from missioncontrol.doctor import examine

_SIGNS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


class Command(BaseCommand):
    help = (
        "Look at the set-up part by part: Python, database, migrations, cache, broker, worker, "
        "beat, disk, secret key, settings, static files, what PDF and running code need, models. "
        "Says what to do about each. Ends with status 1 if something fails; warnings do not "
        "count."
    )

    # What they would complain of is what is looked at here.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--online", action="store_true", help="ask each model one tiny question, at its price"
        )
        parser.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *, online: bool, json: bool, **options: Any) -> None:
        found = []
        for finding in examine(online=online):
            found.append(finding)
            if not json:
                self.stdout.write(f"{_SIGNS[finding.state]}  {finding.part}: {finding.said}")
                if finding.mend:
                    self.stdout.write(f"      {finding.mend}")
        failed = sum(finding.state == "fail" for finding in found)
        warned = sum(finding.state == "warn" for finding in found)
        if json:
            parts = [finding.as_dict() for finding in found]
            self.stdout.write(_dumps({"ok": not failed, "parts": parts}))
        else:
            self.stdout.write(
                f"{failed} to mend, {warned} to know of." if failed or warned else "All is well."
            )
        if failed:
            sys.exit(1)


def _dumps(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
