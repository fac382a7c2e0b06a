"""The screens of the models: which there are, adding one, trying one out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may, require
from core.blame import blame
from core.errors import MCError
from modules import actions
from modules.figures import figures, resting
from modules.forms import PRESETS, ModelForm, initial_of
from modules.models import AIModel, Call

RECENT_FAILURES = 8


@member
@require_GET
def models_page(request: MemberRequest) -> HttpResponse:
    """Every model of the workspace, what it was used for, and what went wrong lately."""
    workspace = request.member.workspace
    models = list(AIModel.objects.filter(workspace=workspace).order_by("-is_default", "name"))
    total, each = figures(workspace)
    rests = resting(models)
    rows = [
        {"model": model, "figures": each.get(model.pk), "rest": rests.get(model.pk)}
        for model in models
    ]
    failures = Call.objects.filter(workspace=workspace, status=Call.Status.ERROR)
    context = {
        "rows": rows,
        "total": total,
        "failures": failures.select_related("actor")[:RECENT_FAILURES],
        "only_simulated": all(model.simulated or not model.enabled for model in models),
        "may_keep": may(request.member.actor, "models"),
    }
    return render(request, "modules/models.html", context)


@member
@never_cache
@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "POST"])
def model_form(request: MemberRequest, pk: UUID | None = None) -> HttpResponse:
    """A new model, or one that is there. With `try`, it is tried out once it is saved."""
    require(request.member.actor, "models")
    model = fetch(AIModel.objects.all(), request, pk=pk) if pk else None
    form = ModelForm(
        request.POST or None,
        initial=initial_of(model) if model else _preset(request),
        has_key=bool(model and model.has_key),
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_model(
                actor=request.member.actor, fields=form.model_fields, model=model
            )
        except MCError as error:
            blame(form, error)
        else:
            return _saved(request, saved)
    context = {"form": form, "model": model, "presets": PRESETS, "chosen": _chosen(request)}
    return render(request, "modules/form.html", context, status=422 if form.errors else 200)


def _saved(request: MemberRequest, model: AIModel) -> HttpResponse:
    if "try" not in request.POST:
        messages.success(request, f"“{model.name}” is saved")
        return HttpResponseRedirect(reverse("modules:models"))
    verdict = actions.test_model(actor=request.member.actor, model=model)
    if verdict.ok:
        messages.success(request, f"“{model.name}” is saved. {verdict.sentence}")
        return HttpResponseRedirect(reverse("modules:models"))
    messages.error(request, f"Saved, but it does not answer. {verdict.sentence}")
    return HttpResponseRedirect(reverse("modules:model", args=[model.pk]))


def _chosen(request: MemberRequest) -> str:
    chosen = request.GET.get("preset", "")
    return chosen if chosen in PRESETS else "openai"


def _preset(request: MemberRequest) -> dict[str, Any]:
    preset = dict(PRESETS[_chosen(request)])
    del preset["label"]
    return preset


@member
@require_POST
def model_test(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One tiny call, and what came of it in a sentence."""
    model = fetch(AIModel.objects.all(), request, pk=pk)
    verdict = actions.test_model(actor=request.member.actor, model=model)
    if request.htmx:
        return render(request, "modules/_verdict.html", {"model": model, "verdict": verdict})
    say = messages.success if verdict.ok else messages.error
    say(request, f"“{model.name}”: {verdict.sentence}")
    return HttpResponseRedirect(reverse("modules:models"))


@member
@require_POST
def model_default(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Use this one from now on."""
    model = fetch(AIModel.objects.all(), request, pk=pk)
    actions.make_default(actor=request.member.actor, model=model)
    messages.success(request, f"“{model.name}” is the default now")
    return HttpResponseRedirect(reverse("modules:models"))


@member
@require_POST
def model_delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take a model away."""
    model = fetch(AIModel.objects.all(), request, pk=pk)
    actions.delete_model(actor=request.member.actor, model=model)
    messages.success(request, f"“{model.name}” is removed")
    return HttpResponseRedirect(reverse("modules:models"))
