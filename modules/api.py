"""Models and the ledger of their calls, for programs."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.urls import path

from accounts.endpoint import Endpoint
from core.api.pages import ordered
from core.api.schema import op
from modules import actions
from modules.actions import ModelFields
from modules.endpoints import assets, playlists, running, schedules
from modules.models import AIModel, Call
from modules.serializers import (
    CallAnswer,
    CallQuery,
    ModelAnswer,
    ModelChange,
    ModelInput,
    ModelQuery,
    VerdictAnswer,
    calls_of,
    model_of,
)

_EXAMPLE = {
    "name": "Local",
    "provider": "openai",
    "model_id": "qwen3:8b",
    "base_url": "http://ollama:11434/v1",
    "is_default": False,
}


class Models(Endpoint):
    tag = "models"
    needs = {"GET": "read", "POST": "models"}
    logged = True

    @op("listModels", query=ModelQuery, page_of=ModelAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The models that agents can think with. Keys are never given out."""
        filters = {name: query[name] for name in ("kind", "provider", "enabled") if name in query}
        rows = AIModel.objects.filter(workspace=self.workspace, **filters)
        return self.page(
            rows.order_by("name"), lambda found: [model_of(one) for one in found], query
        )

    @op("createModel", takes=ModelInput, gives=ModelAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Make a model known. A new default takes the place of the old one of its kind."""
        model = actions.save_model(actor=self.actor, fields=ModelFields(**data))
        return model_of(model)


class Model(Endpoint):
    tag = "models"
    needs = {"GET": "read", "PATCH": "models", "DELETE": "models"}
    logged = True

    @op("getModel", gives=ModelAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One model."""
        return model_of(self.fetch(AIModel.objects.all(), pk=id))

    @op("changeModel", takes=ModelChange, gives=ModelAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what is named. Whoever changes the address enters the key again."""
        model = self.fetch(AIModel.objects.all(), pk=id)
        known = {name: getattr(model, name) for name in _fields() if name != "api_key"}
        model = actions.save_model(
            actor=self.actor, fields=ModelFields(**{**known, **data}), model=model
        )
        return model_of(model)

    @op("deleteModel", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Take a model away. Agents that used it go on with the default; the ledger stays."""
        actions.delete_model(actor=self.actor, model=self.fetch(AIModel.objects.all(), pk=id))


class Trying(Endpoint):
    tag = "models"
    needs = {"POST": "models"}
    kinds = {"POST": "run"}
    slow = frozenset({"POST"})

    @op("tryModel", gives=VerdictAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Make one tiny call, and say in one sentence how it went."""
        model = self.fetch(AIModel.objects.all(), pk=id)
        return asdict(actions.test_model(actor=self.actor, model=model))


class Calls(Endpoint):
    tag = "models"
    needs = {"GET": "read"}

    @op("listCalls", query=CallQuery, page_of=CallAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The ledger: every question put to a model, its tokens, cost and latency."""
        names = ("model", "agent", "run", "task", "status")
        filters = {name: query[name] for name in names if name in query}
        rows = Call.objects.filter(workspace=self.workspace, **filters)
        return self.page(ordered(rows, dict(CallQuery.orders), query["ordering"]), calls_of, query)


def _fields() -> list[str]:
    return list(ModelFields.__dataclass_fields__)


urlpatterns = [
    path("models", Models.as_view()),
    path("models/calls", Calls.as_view()),
    path("models/<uuid:id>", Model.as_view()),
    path("models/<uuid:id>/test", Trying.as_view()),
    path("assets", assets.Assets.as_view()),
    path("assets/<uuid:id>", assets.OneAsset.as_view()),
    path("assets/<uuid:id>/content", assets.Content.as_view()),
    path("playlists", playlists.Playlists.as_view()),
    path("playlists/<uuid:id>", playlists.OnePlaylist.as_view()),
    path("playlists/<uuid:id>/entries", playlists.Entries.as_view()),
    path("playlists/<uuid:id>/entries/<uuid:asset>", playlists.OneEntry.as_view()),
    path("modules", running.Operations.as_view()),
    path("modules/estimate", running.Estimates.as_view()),
    path("modules/schedules", schedules.Schedules.as_view()),
    path("modules/schedules/<uuid:id>", schedules.OneSchedule.as_view()),
    path("modules/schedules/<uuid:id>/run", schedules.RunningNow.as_view()),
    path("modules/jobs", running.Jobs.as_view()),
    path("modules/jobs/<uuid:id>", running.OneJob.as_view()),
    path("modules/jobs/<uuid:id>/cancel", running.Cancelling.as_view()),
    path("modules/jobs/<uuid:id>/decide", running.Deciding.as_view()),
    path("modules/jobs/<uuid:id>/retry", running.Retrying.as_view()),
]
