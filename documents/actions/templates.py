"""Verbs on templates: texts that documents begin from."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.errors import Conflict, Invalid, LimitReached, NotFound
from documents.models import Document, Template

MAX_NAME = 80
MAX_DESCRIPTION = 300
MAX_BODY = 100_000
MOST_TEMPLATES = 200
SEEDED = "template.seeded"


@dataclass(frozen=True)
class Outline:
    """What a template says."""

    name: str
    kind: str
    description: str = ""
    body: str = ""


@verb
def create_template(*, actor: Actor, outline: Outline) -> Template:
    """A new template. Raises Conflict where there is one of that name."""
    require(actor, "decide")
    outline = _checked(outline)
    _require_free(actor, outline.name)
    if Template.objects.filter(workspace=actor.workspace).count() >= MOST_TEMPLATES:
        raise LimitReached(f"There are {MOST_TEMPLATES} templates already; delete some first.")
    template = _make(actor, outline)
    _record(actor, "created", f"made the template “{template.name}”", template)
    return template


@verb
def edit_template(*, actor: Actor, template: Template, outline: Outline) -> Template:
    """Change what a template says. Documents that began from it stay as they are."""
    require(actor, "decide")
    outline = _checked(outline)
    held = Template.objects.select_for_update(no_key=True).filter(pk=template.pk).first()
    if held is None:
        raise NotFound("This template has been deleted.")
    if outline == outline_of(held):
        return held
    if outline.name.casefold() != held.name.casefold():
        _require_free(actor, outline.name)
    for name, value in vars(outline).items():
        setattr(held, name, value)
    held.save()
    _record(actor, "edited", f"changed the template “{held.name}”", held)
    return held


@verb
def delete_template(*, actor: Actor, template: Template) -> None:
    """Remove a template for good. Documents that began from it stay."""
    require(actor, "decide")
    _record(actor, "deleted", f"deleted the template “{template.name}”", template)
    template.delete()


@verb
def seed_templates(*, actor: Actor, templates: Sequence[Outline]) -> int:
    """Put in those that a workspace begins with. Returns how many it were."""
    require(actor, "decide")
    taken = set(Template.objects.filter(workspace=actor.workspace).values_list("name", flat=True))
    made = [_make(actor, _checked(one)) for one in templates if one.name not in taken]
    record(
        actor=actor,
        verb=SEEDED,
        message=f"put in {len(made)} templates of documents",
        data={"templates": len(made)},
    )
    return len(made)


def outline_of(template: Template) -> Outline:
    return Outline(template.name, template.kind, template.description, template.body)


def _make(actor: Actor, outline: Outline) -> Template:
    return Template.objects.create(workspace=actor.workspace, created_by=actor, **vars(outline))


def _record(actor: Actor, past: str, message: str, template: Template) -> None:
    data = {"template": str(template.pk), "kind": template.kind}
    record(actor=actor, verb=f"template.{past}", message=message, data=data)


def _require_free(actor: Actor, name: str) -> None:
    if Template.objects.filter(workspace=actor.workspace, name__iexact=name).exists():
        raise Conflict(f"There is a template called “{name}” already.", field="name")


def _checked(outline: Outline) -> Outline:
    clean = Outline(
        " ".join(outline.name.split()), outline.kind, outline.description.strip(), outline.body
    )
    if not clean.name:
        raise Invalid("A template needs a name.", field="name")
    for field, most in (("name", MAX_NAME), ("description", MAX_DESCRIPTION), ("body", MAX_BODY)):
        if len(getattr(clean, field)) > most:
            raise Invalid(f"At most {most:,} characters.", field=field)
        if "\x00" in getattr(clean, field):
            raise Invalid("No NUL characters.", field=field)
    if clean.kind not in Document.Kind.values:
        raise Invalid(
            f"“{clean.kind}” is no kind of document. It can be {', '.join(Document.Kind.values)}.",
            field="kind",
        )
    return clean
