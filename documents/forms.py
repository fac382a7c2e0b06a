"""What people write into a document, checked before a verb sees it."""

from datetime import datetime, timedelta

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Actor
from core.forms import MarkdownField, PlainForm, VersionForm
from documents.actions import templates
from documents.actions.sharing import MAX_NAME
from documents.models import Document, Share

KINDS = [(value, str(label).capitalize()) for value, label in Document.Kind.choices]
AGES = ((0, "No end"), (7, "A week"), (30, "30 days"), (365, "One year"))


class DocumentForm(VersionForm):
    """A document as it is edited."""

    title = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "What it is about", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        choices=KINDS,
        initial=Document.Kind.DELIVERABLE,
    )
    visibility = forms.ChoiceField(
        required=False,
        label="For",
        choices=[
            (Document.Visibility.WORKSPACE, "The workspace"),
            (Document.Visibility.PRIVATE, "Only me"),
        ],
    )


class TemplateForm(PlainForm):
    """A template as it is edited; its text is called as that of a document, for the desk."""

    name = forms.CharField(
        max_length=templates.MAX_NAME,
        widget=forms.TextInput(attrs={"placeholder": "Minutes", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(choices=KINDS, initial=Document.Kind.DELIVERABLE)
    description = forms.CharField(
        required=False,
        max_length=templates.MAX_DESCRIPTION,
        label="What it is for",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    content = MarkdownField()

    @property
    def outline(self) -> templates.Outline:
        """What it says, once the form is valid."""
        said = self.cleaned_data
        return templates.Outline(
            said["name"],
            said["kind"],
            said["description"],
            said["content"],
        )


class ShareForm(PlainForm):
    """What a share with a person and one by link have in common: its end."""

    age = forms.TypedChoiceField(label="For", coerce=int, choices=AGES, initial=0)

    @property
    def expires_at(self) -> datetime | None:
        """When the share ends, once the form is valid."""
        days = self.cleaned_data["age"]
        return timezone.now() + timedelta(days=days) if days else None


class PersonField(forms.ModelChoiceField[Actor]):
    """Chooses among people, by their names."""

    def label_from_instance(self, obj: Actor) -> str:
        return f"{obj.name} (@{obj.handle})"


class PersonForm(ShareForm):
    """Somebody to share a document with."""

    person = PersonField(queryset=Actor.objects.none(), empty_label="Choose somebody")
    role = forms.ChoiceField(
        label="To", choices=[(Share.Role.READ, "Read"), (Share.Role.EDIT, "Read and edit")]
    )

    def __init__(self, *args: object, people: QuerySet[Actor], **kwargs: object) -> None:
        super().__init__(*args, **{"auto_id": "share_person_%s", **kwargs})
        field = self.fields["person"]
        assert isinstance(field, PersonField)
        field.queryset = people


class LinkForm(ShareForm):
    """A link to make."""

    name = forms.CharField(
        required=False,
        max_length=MAX_NAME,
        label="Whom it is for",
        widget=forms.TextInput(attrs={"placeholder": "Optional", "autocomplete": "off"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"auto_id": "share_link_%s", **kwargs})


def people_for(document: Document, actor: Actor) -> QuerySet[Actor]:
    """The people whom `actor` may share a document with, and has not yet."""
    people = Actor.objects.filter(
        workspace=document.workspace_id, kind=Actor.Kind.MEMBER, active=True
    )
    known = document.shares.people().values("person")
    return (
        people.exclude(pk__in=[actor.pk, document.created_by_id])
        .exclude(pk__in=known)
        .order_by("name")
    )
