"""What is kept, and for how long.

The log itself is kept for good: it is the audit trail, and sockets replay from it.
Notifications only point at it, so old ones can go.
"""

from datetime import timedelta

from accounts import receipts
from accounts.models import Invitation, Login
from activity.models import Delivery, Notification
from core.clock import db_now

READ_FOR = timedelta(days=30)
UNREAD_FOR = timedelta(days=180)
INVITATIONS_FOR = timedelta(days=30)
LOGINS_FOR = timedelta(days=30)
DELIVERIES_FOR = timedelta(days=30)
AT_ONCE = 5_000


def forget_old() -> int:
    """Remove what is too old, some thousand rows at a time. Returns how many it were."""
    now = db_now()
    read = Notification.objects.filter(read_at__lt=now - READ_FOR)
    unread = Notification.objects.filter(created_at__lt=now - UNREAD_FOR)
    gone = 0
    for rows in (read, unread):
        keys = list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE])
        gone += Notification.objects.filter(pk__in=keys).delete()[0]
    sent = Delivery.objects.filter(created_at__lt=now - DELIVERIES_FOR).exclude(state="waiting")
    keys = list(sent.order_by().values_list("pk", flat=True)[:AT_ONCE])
    gone += Delivery.objects.filter(pk__in=keys).delete()[0]
    gone += receipts.forget_old()
    gone += Login.objects.filter(expires_at__lt=now - LOGINS_FOR).delete()[0]
    gone += Invitation.objects.filter(expires_at__lt=now - INVITATIONS_FOR).delete()[0]
    return gone
