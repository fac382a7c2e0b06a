"""Verbs on models: asking them, and keeping the list of them.

Asking (`complete`, `estimate`) is defined in `modules.completion` and belongs to the same
door; it is no verb of the log, since its record is the ledger.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import roles
from accounts.actions import system_actor
from accounts.models import Actor, Workspace
from activity.log import record, verb
from core.errors import Conflict, Invalid, NotFound, Unavailable
from modules import addresses, credentials, options
from modules.breakers import BreakerOpen
from modules.completion import complete, cost_of, estimate, probe
from modules.language.base import ProviderError
from modules.language.cancel import Cancelled, CancelToken
from modules.language.types import Message, Request
from modules.models import AIModel

__all__ = [
    "BreakerOpen",
    "CancelToken",
    "Cancelled",
    "ModelFields",
    "Verdict",
    "complete",
    "configure_from_environment",
    "cost_of",
    "default_model",
    "delete_model",
    "estimate",
    "make_default",
    "model_for",
    "save_model",
    "test_model",
]

log = structlog.get_logger(__name__)

SIMULATED_NAME = "Simulated"
# Kinds of which every workspace has at least a simulated one.
STOOD_IN_FOR = (AIModel.Kind.LANGUAGE, AIModel.Kind.IMAGE, AIModel.Kind.MUSIC)
# What the environment means when it names a key alone.
USUAL_MODELS = {"openai": "gpt-5.4-mini", "anthropic": "claude-sonnet-4-6"}


@dataclass(frozen=True)
class ModelFields:
    """What somebody may say of a model. Prices are microdollars per million tokens.

    `api_key` None keeps the key that is stored, an empty one removes it.
    """

    name: str
    provider: str
    model_id: str = ""
    kind: str = AIModel.Kind.LANGUAGE
    base_url: str = ""
    api_key: str | None = None
    input_price: int = 0
    output_price: int = 0
    context_window: int = 128_000
    max_output_tokens: int = 4_096
    timeout_s: int = 120
    options: dict[str, Any] | None = None
    is_default: bool = False
    enabled: bool = True


@dataclass(frozen=True)
class Verdict:
    """What came of trying a model: whether it answered, and one sentence for the person."""

    ok: bool
    sentence: str
    code: str = ""


def default_model(workspace: Workspace, kind: str = AIModel.Kind.LANGUAGE) -> AIModel:
    """The model of this kind that is used where none is named.

    The default of the workspace if it is enabled, else its oldest enabled one, a simulated
    one last. A workspace that never had one of this kind gets a simulated one, where there is
    such a thing, and to look at pictures the language model. Raises
    Unavailable where there is none to use.
    """
    known = list(AIModel.objects.filter(workspace=workspace, kind=kind))
    enabled = [model for model in known if model.enabled]
    if enabled:
        return min(enabled, key=lambda m: (not m.is_default, m.simulated, m.created_at))
    if not known and kind == AIModel.Kind.VISION:
        # Most language models see; one that does not says so when it is asked.
        return default_model(workspace)
    if known or kind not in STOOD_IN_FOR:
        raise Unavailable(f"There is no {kind} model in this workspace that is switched on.")
    return _simulated_model(workspace, kind)


def model_for(workspace: Workspace, chosen: AIModel | None) -> AIModel:
    """The model that was chosen if it is switched on, else the default of its workspace."""
    return chosen if chosen is not None and chosen.enabled else default_model(workspace)


def _simulated_model(workspace: Workspace, kind: str = AIModel.Kind.LANGUAGE) -> AIModel:
    model, _ = AIModel.objects.get_or_create(
        workspace=workspace,
        name=SIMULATED_NAME if kind == AIModel.Kind.LANGUAGE else f"{SIMULATED_NAME} {kind}",
        defaults={
            "kind": kind,
            "provider": AIModel.Provider.SIMULATED,
            "model_id": "simulated",
            "is_default": not _has_default(workspace, kind),
        },
    )
    return model


def _has_default(workspace: Workspace, kind: str) -> bool:
    return AIModel.objects.filter(workspace=workspace, kind=kind, is_default=True).exists()


@verb
def save_model(*, actor: Actor, fields: ModelFields, model: AIModel | None = None) -> AIModel:
    """Make a model, or change one. A new default takes the place of the old one.

    A stored key is bound to its address: whoever changes the address or the provider enters
    the key again, so that nobody can have it sent to a server of their own.
    """
    roles.require(actor, "models")
    made = model is None
    model = model or AIModel(workspace=actor.workspace)
    if model.workspace_id != actor.workspace_id:
        raise NotFound("There is no such model.")
    if model.from_environment:
        raise Conflict("This model is kept as the environment says; change it there.")
    _take(model, fields)
    if model.is_default:
        _retire_default(model)
    try:
        with transaction.atomic():
            model.save()
    except IntegrityError as error:
        raise Conflict(f"There is a model called “{model.name}” already.", field="name") from error
    record(
        actor=actor,
        verb="model.created" if made else "model.updated",
        message=f"{'added' if made else 'changed'} the model “{model.name}”",
        data={"model": str(model.pk), "provider": model.provider, "default": model.is_default},
    )
    return model


@verb
def make_default(*, actor: Actor, model: AIModel) -> None:
    """Use this model wherever none of its kind is named."""
    roles.require(actor, "models")
    if model.workspace_id != actor.workspace_id:
        raise NotFound("There is no such model.")
    if not model.enabled:
        raise Invalid("Switch the model on first.", field="enabled")
    _retire_default(model)
    model.is_default = True
    model.save(update_fields=["is_default"])
    record(
        actor=actor,
        verb="model.updated",
        message=f"made “{model.name}” the default model",
        data={"model": str(model.pk), "provider": model.provider, "default": True},
    )


def _retire_default(successor: AIModel) -> None:
    others = AIModel.objects.filter(workspace=successor.workspace_id, kind=successor.kind)
    others.exclude(pk=successor.pk).update(is_default=False)


def _take(model: AIModel, fields: ModelFields) -> None:
    """Put the fields into the model. Raises Invalid naming the one at fault."""
    if fields.provider not in AIModel.Provider.values:
        raise Invalid(f"There is no provider “{fields.provider}”.", field="provider")
    if fields.kind not in AIModel.Kind.values:
        raise Invalid(f"There is no kind “{fields.kind}”.", field="kind")
    _check_pair(fields)
    name = fields.name.strip()
    if not name or len(name) > 80:
        raise Invalid("A model needs a name of at most 80 characters.", field="name")
    simulated = fields.provider == AIModel.Provider.SIMULATED
    model_id = fields.model_id.strip() or ("simulated" if simulated else "")
    if not model_id or len(model_id) > 120:
        raise Invalid("Say which model it is, as its provider calls it.", field="model_id")
    base_url = "" if simulated else addresses.checked(fields.base_url)
    _check_numbers(fields)
    chosen = options.checked(fields.options or {})
    if fields.is_default and not fields.enabled:
        raise Invalid("The default model must be enabled.", field="enabled")

    moved = (model.provider, model.base_url) != (fields.provider, base_url)
    if simulated:
        model.credentials = ""
    elif fields.api_key is not None:
        model.credentials = credentials.encrypt(fields.api_key.strip())
    elif model.credentials and moved:
        raise Invalid(
            "The address has changed, so the key has to be entered again.", field="api_key"
        )
    model.name, model.provider, model.kind = name, fields.provider, fields.kind
    model.base_url, model.model_id = base_url, model_id
    model.input_price, model.output_price = fields.input_price, fields.output_price
    model.context_window, model.max_output_tokens = fields.context_window, fields.max_output_tokens
    model.timeout_s, model.options = fields.timeout_s, chosen
    model.is_default, model.enabled = fields.is_default, fields.enabled


def _check_pair(fields: ModelFields) -> None:
    if fields.provider != AIModel.Provider.SUNO:
        return
    if fields.kind != AIModel.Kind.MUSIC:
        raise Invalid("Such a server makes music and nothing else.", field="kind")
    if not fields.base_url.strip():
        raise Invalid("Say where the server is.", field="base_url")


_BOUNDS = {
    "input_price": (0, 10**12),
    "output_price": (0, 10**12),
    "context_window": (1_000, 100_000_000),
    "max_output_tokens": (16, 10_000_000),
    "timeout_s": (5, 1_800),
}


def _check_numbers(fields: ModelFields) -> None:
    for name, (least, most) in _BOUNDS.items():
        if not least <= getattr(fields, name) <= most:
            said = name.replace("_", " ").removesuffix(" s")
            raise Invalid(f"The {said} must be between {least} and {most}.", field=name)


@verb
def delete_model(*, actor: Actor, model: AIModel) -> None:
    """Take a model away. Agents that used it go on with the default; the ledger stays."""
    roles.require(actor, "models")
    if model.workspace_id != actor.workspace_id:
        raise NotFound("There is no such model.")
    if model.from_environment:
        raise Conflict("This model is kept as the environment says; take its key away there.")
    record(
        actor=actor,
        verb="model.deleted",
        message=f"removed the model “{model.name}”",
        data={"model": str(model.pk), "provider": model.provider},
    )
    model.delete()


def test_model(*, actor: Actor, model: AIModel) -> Verdict:
    """Make one tiny call and say in one sentence how it went, and what to mend."""
    roles.require(actor, "models")
    if model.workspace_id != actor.workspace_id:
        raise NotFound("There is no such model.")
    if model.kind not in (AIModel.Kind.LANGUAGE, AIModel.Kind.VISION):
        # A try would be a picture or a piece, and paid for as one.
        return Verdict(True, f"It is kept. Its first {model.kind} job shows whether it works.")
    request = Request(
        system="You are being tried out.",
        messages=(Message.user("Answer with the one word: ready."),),
        max_tokens=256,
        metadata={"purpose": "test"},
    )
    try:
        reply = probe(model=model, request=request, actor=actor)
    except ProviderError as error:
        if error.code == "no_room":
            return Verdict(True, "It answers, and thinks a good deal: allow it many tokens.")
        return Verdict(False, _what_to_mend(model, error), error.code)
    if model.simulated:
        return Verdict(True, "The simulated model answers; it needs no key and no network.")
    return Verdict(True, f"It answers as {reply.model}.")


test_model.__test__ = False  # type: ignore[attr-defined]  # a verb, not a test


def _what_to_mend(model: AIModel, error: ProviderError) -> str:
    hints = {
        "wrong_key": "Check the key: copy it again, whole, from the provider's page.",
        "forbidden": "Check at the provider which models this key may use.",
        "out_of_credit": "Add credit at the provider, or use another key.",
        "unreachable": "Check the address, and that a server is running there.",
        "timeout": "Check the address; a local model may still be loading, then try again.",
        "address_refused": "Choose an address outside the link-local range.",
        "redirected": "Enter the address it points to.",
        "rate_limited": "The key and the address are right; try again in a minute.",
        "overloaded": "The key and the address are right; try again in a minute.",
    }
    if error.code == "unknown_model":
        known = f"Check the model's name “{model.model_id}”"
        ends = "the address, which mostly ends in /v1" if model.provider == "openai" else "address"
        return f"{error.message} {known} and {ends}."
    if error.code == "garbage":
        return "Something answers at this address, but it is no model: check the address."
    return f"{error.message} {hints.get(error.code, '')}".strip()


@verb
def configure_from_environment(workspace: Workspace) -> list[AIModel]:
    """Bring the models of the workspace in line with OPENAI_* and ANTHROPIC_*.

    Idempotent; called at each start. A model that is new becomes the default unless a real
    one is; one whose variables are gone is disabled. With none at all, the simulated model
    is there. What a person has chosen as default since is left alone.
    """
    models = [
        model for provider in ("openai", "anthropic") if (model := _keep(workspace, provider))
    ]
    _simulated_model(workspace)
    return models


def _keep(workspace: Workspace, provider: str) -> AIModel | None:
    key = getattr(settings, f"{provider.upper()}_API_KEY")
    base_url = getattr(settings, f"{provider.upper()}_BASE_URL")
    model_id = getattr(settings, f"{provider.upper()}_MODEL")
    model = AIModel.objects.filter(
        workspace=workspace, from_environment=True, provider=provider
    ).first()
    if not key and not base_url:
        if model and model.enabled:
            model.enabled = model.is_default = False
            model.save(update_fields=["enabled", "is_default"])
            _tell(workspace, model, "switched off, since the environment no longer names it")
        return None
    if not model_id and base_url:
        log.warning("models.no_name", provider=provider, missing=f"{provider.upper()}_MODEL")
        return None
    wanted = {"base_url": base_url, "model_id": model_id or USUAL_MODELS[provider]}
    if model is None:
        return _first_of(workspace, provider, key, wanted)
    if (
        model.enabled
        and all(getattr(model, name) == value for name, value in wanted.items())
        and _same_key(model, key)
    ):
        return model
    for name, value in wanted.items():
        setattr(model, name, value)
    model.credentials, model.enabled = credentials.encrypt(key), True
    model.save()
    _tell(workspace, model, "brought in line with the environment")
    return model


def _first_of(workspace: Workspace, provider: str, key: str, wanted: dict[str, str]) -> AIModel:
    language = AIModel.objects.filter(workspace=workspace, kind=AIModel.Kind.LANGUAGE)
    simulated = language.filter(is_default=True, provider=AIModel.Provider.SIMULATED)
    simulated.update(is_default=False)
    taken = set(language.values_list("name", flat=True))
    name = wanted["model_id"][:60]
    model = AIModel.objects.create(
        workspace=workspace,
        name=name if name not in taken else f"{name} (environment)",
        provider=provider,
        credentials=credentials.encrypt(key),
        from_environment=True,
        is_default=not _has_default(workspace, AIModel.Kind.LANGUAGE),
        **wanted,
    )
    _tell(workspace, model, "found in the environment")
    return model


def _same_key(model: AIModel, key: str) -> bool:
    try:
        return credentials.decrypt(model.credentials) == key
    except credentials.Unreadable:
        return False


def _tell(workspace: Workspace, model: AIModel, what: str) -> None:
    record(
        actor=system_actor(workspace),
        verb="model.configured",
        message=f"the model “{model.name}” was {what}",
        data={"model": str(model.pk), "provider": model.provider},
    )
