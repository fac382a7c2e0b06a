"""Templates of documents for programs."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.endpoint import Endpoint
from core.api.pages import ordered
from core.api.schema import op
from documents import actions
from documents.models import Template
from documents.serializers import (
    TemplateAnswer,
    TemplateChange,
    TemplateInput,
    TemplateQuery,
    TemplateRow,
    templates_of,
)


class TemplateEndpoint(Endpoint):
    tag = "documents"
    logged = True

    def template(self, id: UUID) -> Template:
        return self.fetch(Template.objects.all(), pk=id)

    def answer(self, template: Template) -> dict[str, Any]:
        return templates_of(Template.objects.filter(pk=template.pk), body=True)[0]


class Templates(TemplateEndpoint):
    needs = {"GET": "read", "POST": "decide"}

    @op("listDocumentTemplates", query=TemplateQuery, page_of=TemplateRow)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The texts that documents may begin from, without their bodies."""
        rows = Template.objects.filter(workspace=self.workspace)
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        if words := query.get("search"):
            rows = rows.filter(name__icontains=words) | rows.filter(description__icontains=words)
        rows = ordered(rows, dict(TemplateQuery.orders), query["ordering"])
        return self.page(rows, templates_of, query)

    @op("createDocumentTemplate", takes=TemplateInput, gives=TemplateAnswer, status=201)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """A new template."""
        return self.answer(
            actions.create_template(actor=self.actor, outline=actions.Outline(**data))
        )


class OneTemplate(TemplateEndpoint):
    needs = {"GET": "read", "PATCH": "decide", "DELETE": "decide"}

    @op("getDocumentTemplate", gives=TemplateAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """A template with its body."""
        return self.answer(self.template(id))

    @op("changeDocumentTemplate", takes=TemplateChange, gives=TemplateAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what is named. Documents that began from it stay as they are."""
        template = self.template(id)
        outline = replace(actions.outline_of(template), **data)
        return self.answer(
            actions.edit_template(actor=self.actor, template=template, outline=outline)
        )

    @op("deleteDocumentTemplate", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Remove a template for good. Documents that began from it stay."""
        actions.delete_template(actor=self.actor, template=self.template(id))
