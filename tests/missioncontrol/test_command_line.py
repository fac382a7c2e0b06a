"""`manage.py` among other programs."""

import subprocess
import sys

from django.conf import settings


def test_whoever_reads_a_command_may_stop_reading() -> None:
    command = [sys.executable, "manage.py", "help"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
