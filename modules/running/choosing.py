"""Which model an operation uses, and what it may cost with it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Workspace
from core.errors import Invalid, Unavailable
from modules.actions import STOOD_IN_FOR, default_model
from modules.models import AIModel, Asset
from modules.operations import Operation

# A model that speaks may also see: such a one can be chosen for either.
SERVES = {AIModel.Kind.VISION: (AIModel.Kind.VISION, AIModel.Kind.LANGUAGE)}


@dataclass(frozen=True)
class Price:
    """What a job may cost at most. `known` is False where the model has no prices."""

    microdollars: int
    known: bool
    model: AIModel | None


def model_of(workspace: Workspace, one: Operation, chosen: UUID | None = None) -> AIModel | None:
    """The model that was chosen, else the default of the kind; None where none is needed.

    Raises Invalid for a choice that does not fit and Unavailable where there is none.
    """
    if one.kind is None:
        return None
    if chosen is None:
        return default_model(workspace, one.kind)
    found = AIModel.objects.filter(workspace=workspace, pk=chosen, enabled=True).first()
    if found is None or found.kind not in serving(one.kind):
        raise Invalid(f"Choose a model of the kind {one.kind} that is switched on.", field="model")
    return found


def problem_of(workspace: Workspace, one: Operation) -> str:
    """Why the operation cannot be done here, in words; empty where it can.

    Asks only for kinds for which nothing stands in: to look must not make a model.
    """
    if one.kind is None or one.kind in STOOD_IN_FOR or one.kind == AIModel.Kind.VISION:
        return ""
    try:
        default_model(workspace, one.kind)
    except Unavailable as error:
        return error.message
    return ""


def serving(kind: str) -> tuple[str, ...]:
    """The kinds of models that can do the work of one kind."""
    found: dict[str, tuple[str, ...]] = {str(k): tuple(map(str, v)) for k, v in SERVES.items()}
    return found.get(kind, (kind,))


def price_of(workspace: Workspace, one: Operation, given: Any, chosen: UUID | None = None) -> Price:
    """What it may cost at most. Raises Invalid for input that is none."""
    model = model_of(workspace, one, chosen)
    known = model is None or model.priced or bool(model.options.get("unit_price"))
    return Price(one.price(model, given), known, model)


def check_assets(workspace: Workspace, one: Operation, given: dict[str, Any]) -> None:
    """Raise Invalid when the input names an asset that is not there, or of another kind."""
    for name, schema in one.schema["properties"].items():
        wanted = schema.get("x-asset") or schema.get("items", {}).get("x-asset")
        value = given.get(name)
        for asset_id in value if isinstance(value, list) else [value]:
            if wanted and asset_id:
                _check_asset(workspace, name, str(asset_id), wanted)


def _check_asset(workspace: Workspace, name: str, asset_id: str, wanted: str) -> None:
    found = Asset.objects.filter(workspace=workspace, pk=asset_id).only("kind").first()
    if found is None:
        raise Invalid(f"{name}: there is no such asset in this workspace.", field="input")
    if wanted != "any" and found.kind != wanted:
        raise Invalid(f"{name}: this asset is no {wanted} but {found.kind}.", field="input")
