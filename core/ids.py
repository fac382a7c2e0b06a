"""Identifiers that sort by the time they were made."""

import os
import time
from datetime import datetime
from uuid import UUID


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits.

    New rows land at the end of an index instead of all over it, and an id can be known
    before its row is written, which lets a log entry name its cause.
    """
    millis = time.time_ns() // 1_000_000
    value = (millis & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def first_of(moment: datetime) -> UUID:
    """What every id made from `moment` on is greater than, and every earlier one smaller."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
