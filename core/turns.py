"""One after the other, where there is no row to lock."""

import hashlib

from django.db import connection


def take_turn(what: str) -> None:
    """Wait until no other transaction has the turn at `what`; held until commit.

    To be called within a transaction. On SQLite whoever writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    key = hashlib.blake2b(what.encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, "big", signed=True)]
        )
