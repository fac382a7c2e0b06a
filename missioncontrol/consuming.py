"""How a worker takes messages from the broker: Celery's way, coming back sooner."""

from functools import partial
from typing import Any

from celery.worker import consumer

# Seconds between two tries to reach a broker that is away, at first and at most. Celery's own
# wait grows to 30: half of the minute in which what piled up is to be done.
_FIRST_WAIT, _LONGEST_WAIT = 1, 3


class Consumer(consumer.Consumer):
    """Celery's consumer; a broker that is back is noticed within seconds."""

    def ensure_connected(self, conn: Any) -> Any:
        """Wait until *conn*, a ``kombu.Connection``, reaches the broker; returns it."""
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=_FIRST_WAIT,
            interval_step=_FIRST_WAIT,
            interval_max=_LONGEST_WAIT,
        )
        return super().ensure_connected(conn)
