"""A plug-in that writes what happens to agents into a file, one JSON object a line."""

import fcntl
import json
import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from agents.hooks import Happening


class AuditFile:
    """Appends to `AGENT_AUDIT_FILE`.

    The file is opened anew for each line, so that one that was moved away by logrotate is not
    written to any more. Lines of several processes do not mix, and one that a full disk cut
    off is taken back.
    """

    def __init__(self) -> None:
        self.path = settings.AGENT_AUDIT_FILE
        if not self.path:
            raise ImproperlyConfigured("AGENT_AUDIT_FILE says where the audit is written to.")

    def __call__(self, happening: Happening) -> None:
        line = (json.dumps(happening.to_dict(), ensure_ascii=False) + "\n").encode()
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = os.fstat(file).st_size
            if os.write(file, line) != len(line):
                os.ftruncate(file, before)
                raise OSError(f"{self.path} has no room for another line")
        finally:
            os.close(file)
