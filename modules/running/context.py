"""What an operation is given while it runs."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F

from accounts.models import Actor, Workspace
from activity.log import logged
from core.errors import Invalid, Unavailable
from modules.asking import Attempt, perform
from modules.assets import actions as assets
from modules.calling import Listener
from modules.completion import complete, cost_of
from modules.language.base import ProviderError
from modules.language.cancel import Cancelled, CancelToken
from modules.language.types import Reply, Request
from modules.models import AIModel, Asset, Job
from modules.running.leases import LeaseLost, fence, held

T = TypeVar("T")


class JobContext:
    """The job at hand: its model, its progress, and the ways to ask models and keep files.

    An operation that takes long calls `check` now and then, or looks at `cancelled`.
    """

    def __init__(self, job: Job, cancel: CancelToken) -> None:
        self.job = job
        self.cancel = cancel
        self.workspace: Workspace = job.workspace
        self.saved: list[Asset] = []

    @property
    def actor(self) -> Actor:
        """In whose name it runs."""
        if self.job.actor is None:
            raise Invalid("Whoever asked for this is gone.")
        return self.job.actor

    @property
    def model(self) -> AIModel:
        """The model of the operation's kind. Raises Unavailable where it needs none."""
        if self.job.model is None:
            raise Unavailable("The model of this job was taken away.")
        return self.job.model

    @property
    def cancelled(self) -> bool:
        return self.cancel.cancelled

    def check(self) -> None:
        """Raise Cancelled when the job shall not go on."""
        if self.cancelled:
            raise Cancelled

    def progress(self, share: float, words: str = "") -> None:
        """Say how far it is: `share` from 0 to 1, and what is being done. Raises Cancelled."""
        self.check()
        percent = max(0, min(99, int(share * 100)))
        if not held(self.job).update(progress=percent, progress_words=words[:200]):
            raise LeaseLost(str(self.job))

    def ask(
        self, request: Request, *, model: AIModel | None = None, on_event: Listener | None = None
    ) -> Reply:
        """Ask a model that answers in words, with its retries, breaker and ledger."""
        asked = model or self.model
        try:
            reply = complete(
                model=asked, request=request, on_event=on_event, cancel=self.cancel, **self._links()
            )
        except (ProviderError, Cancelled) as error:
            if error.usage:
                self.spend(cost_of(asked, error.usage), simulated=asked.simulated)
            raise
        self.spend(cost_of(asked, reply.usage), simulated=asked.simulated)
        return reply

    def call(self, attempt: Attempt[T], *, model: AIModel | None = None) -> T:
        """Ask any other provider by `attempt`, with retries, breaker and ledger alike.

        `attempt(endpoint)` makes one try (a value, or a coroutine of one) and returns it in a
        `modules.asking.Made`, with what it used and cost; it raises ProviderError.
        """
        asked = model or self.model
        made = perform(model=asked, attempt=attempt, cancel=self.cancel, **self._links())
        self.spend(made.cost, simulated=asked.simulated)
        return made.value

    def spend(self, cost: int, *, simulated: bool = False) -> None:
        """Add to what the job has cost (microdollars), and remember what is simulated."""
        self.job.simulated |= simulated
        self.job.cost += cost
        values: dict[str, Any] = {"cost": F("cost") + cost}
        if simulated:
            values["simulated"] = True
        # Whatever became of the job meanwhile: it was spent.
        Job.objects.filter(pk=self.job.pk, token=self.job.token).update(**values)

    def asset(self, asset_id: UUID, kind: str = "") -> Asset:
        """An asset of the workspace. Raises Invalid when there is none of that kind."""
        found = Asset.objects.filter(workspace=self.workspace, pk=asset_id).first()
        if found is None:
            raise Invalid(f"There is no asset {asset_id} in this workspace.", field="input")
        if kind and found.kind != kind:
            raise Invalid(f"“{found.name}” is no {kind}.", field="input")
        return found

    def save_asset(
        self,
        content: bytes,
        *,
        name: str,
        meta: dict[str, Any] | None = None,
        parents: Iterable[Asset] = (),
        cost: int = 0,
        simulated: bool | None = None,
        duration_ms: int | None = None,
        form: str = "",
    ) -> Asset:
        """Keep a file that was made. Its type is sniffed; pictures are checked and written anew.

        The same content twice in one job is one asset, so an attempt after a crash adds none.
        """
        prepared = assets.prepare(content, name=name, duration_ms=duration_ms, form=form)
        self.check()
        with assets.brought(self.actor, prepared), logged():
            fence(self.job)
            asset = assets.create_asset(
                actor=self.actor,
                prepared=prepared,
                job=self.job,
                meta={"operation": self.job.operation, **(meta or {})},
                parents=list(parents),
                cost=cost,
                simulated=self.job.simulated if simulated is None else simulated,
            )
        self.saved.append(asset)
        return asset

    def _links(self) -> dict[str, Any]:
        job = self.job
        return {
            "actor": job.actor,
            "run_id": job.run_id,
            "agent_id": job.agent_id,
            "task_id": job.task_id,
        }
