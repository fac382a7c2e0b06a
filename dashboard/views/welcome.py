"""The first page after the first account: a model, and three things to begin with."""

from dataclasses import replace

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.guards import MemberRequest, member
from accounts.roles import may
from core.blame import blame
from core.errors import MCError
from dashboard.forms import FirstModelForm, GoalForm
from dashboard.founding import sample_roadmap
from modules.actions import Verdict, delete_model, save_model, test_model
from modules.models import AIModel


@member
@never_cache
@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "POST"])
def welcome(request: MemberRequest) -> HttpResponse:
    """Choose a model, or go on with the simulated one; then what to do first."""
    form = FirstModelForm(request.POST or None)
    verdict: Verdict | None = None
    if request.method == "POST" and form.is_valid():
        try:
            verdict = _try(request, form)
        except MCError as error:
            blame(form, error)
        if verdict is not None and verdict.ok:
            return HttpResponseRedirect(f"{reverse('dashboard:welcome')}?ready=1")
    real = AIModel.objects.filter(
        workspace=request.member.workspace, kind=AIModel.Kind.LANGUAGE, enabled=True
    ).exclude(provider=AIModel.Provider.SIMULATED)
    context = {
        "form": form,
        "verdict": verdict,
        "ready": real.order_by("-is_default").first(),
        "may_models": may(request.member.actor, "models"),
        "goal_form": GoalForm(),
        "sample": sample_roadmap(),
    }
    failed = bool(form.errors) or (verdict is not None and not verdict.ok)
    return render(request, "dashboard/welcome.html", context, status=422 if failed else 200)


def _try(request: MemberRequest, form: FirstModelForm) -> Verdict:
    """Keep the model if it answers; what does not answer leaves no trace."""
    actor = request.member.actor
    fields = form.model_fields
    known = AIModel.objects.filter(
        workspace=request.member.workspace, name=fields.name, from_environment=False
    ).first()
    model = save_model(actor=actor, fields=fields, model=known)
    verdict = test_model(actor=actor, model=model)
    if verdict.ok:
        # The key is stored by now; None keeps it.
        save_model(actor=actor, fields=replace(fields, api_key=None, is_default=True), model=model)
    elif known is None:
        delete_model(actor=actor, model=model)
    return verdict
