"""The ledger of the test, as the processes under test see it."""

import os
from functools import cache
from pathlib import Path

from tests.faults.ledger import Ledger


@cache
def ledger() -> Ledger:
    return Ledger(Path(os.environ["FAULTS_LEDGER"]))
