"""Tools with effects outside the database: each leaves a line in the ledger."""

import hashlib
import os
import signal
import time
from pathlib import Path

from modules.tools import ToolContext, tool
from tasks.handlers import WorkHandler
from tests.faults.rig.book import ledger


def fit() -> None:
    """Offer the tools to whoever works on a task."""

    @tool(effect="outside")
    def send_letter(ctx: ToolContext) -> str:
        """Send the letter of this task; what is sent is sent."""
        _happen(ctx, "letter")
        return "sent"

    @tool(effect="outside", repeatable=True)
    def stamp(ctx: ToolContext) -> str:
        """Stamp this task, at an office that knows each key and stamps it once."""
        office = Path(os.environ["FAULTS_LEDGER"] + ".stamps")
        office.mkdir(exist_ok=True)
        mark = office / hashlib.sha256(ctx.key.encode()).hexdigest()
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return "stamped already"
        _happen(ctx, "stamp")
        return "stamped"

    @tool(effect="read")
    def swallow(ctx: ToolContext) -> str:
        """What no process survives."""
        ledger().write("poisoned", run=str(ctx.run.pk))
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(10)
        return "never"

    WorkHandler.tools = (*WorkHandler.tools, "send_letter", "stamp", "swallow")


def _happen(ctx: ToolContext, name: str) -> None:
    effect = f"{ctx.task.key} {name}"
    ledger().write("effect", effect=effect, key=ctx.key, run=str(ctx.run.pk))
    time.sleep(0.02)
