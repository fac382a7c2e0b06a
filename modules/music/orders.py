"""What is remembered of an order, so that a lost worker does not make for a second one."""

from uuid import UUID

from django.core import signing
from django.db import transaction
from django.urls import reverse

from core.clock import Now
from modules.language.base import ProviderError
from modules.models import Asset, Job
from modules.models.music import Order
from modules.running.leases import fence

_SALT = "modules.music.callback"


def begun(job: Job) -> Order | None:
    """What an earlier attempt of this job has ordered, as far as that is known."""
    return Order.objects.filter(job=job).first()


def kept(job: Job) -> Asset | None:
    """What an earlier attempt has received and saved already: the receipt."""
    return Asset.objects.filter(job=job, kind=Asset.Kind.AUDIO, parents=None).first()


def intend(job: Job) -> None:
    """Write down that the order is about to go out."""
    with transaction.atomic():
        fence(job)
        Order.objects.get_or_create(job=job)


def withdraw(job: Job) -> None:
    """The provider has certainly not taken it: another attempt may order."""
    Order.objects.filter(job=job, ref="").delete()


def place(job: Job, ref: str) -> None:
    """The provider has taken it, under this id. Whoever has the job now: it is ordered."""
    Order.objects.filter(job=job).update(ref=ref, placed_at=Now())


def unconfirmed() -> ProviderError:
    """An earlier attempt was lost between ordering and hearing of it."""
    return ProviderError(
        "unknown_outcome",
        "The worker was lost while it ordered, and nobody knows whether the provider has taken "
        "the order. Look there before you decide: it was not ordered a second time.",
        transient=False,
    )


def callback_path(job: Job) -> str:
    """Where the provider may call to say that there is something new."""
    token = signing.dumps(str(job.pk), salt=_SALT, compress=False)
    return reverse("modules:music_called", args=[token])


def called(token: str) -> bool:
    """Note a call-back: the next look is taken at once. False for a token that is none of ours.

    Nothing that it brings along is believed: what has become of the order is asked.
    """
    try:
        job_id = UUID(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError):
        return False
    return bool(Order.objects.filter(job=job_id).update(called_at=Now()))
