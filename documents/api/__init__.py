"""Documents for programs."""

from django.urls import path

from documents.api import documents, shares, templates

urlpatterns = [
    path("documents", documents.Documents.as_view()),
    path("documents/<uuid:id>", documents.OneDocument.as_view()),
    path("documents/<uuid:id>/versions", documents.Versions.as_view()),
    path("documents/<uuid:id>/versions/<int:number>", documents.OneVersion.as_view()),
    path("documents/<uuid:id>/pdf", documents.Printing.as_view()),
    path("documents/<uuid:id>/restore", documents.Restoring.as_view()),
    path("documents/<uuid:id>/shares", shares.Shares.as_view()),
    path("documents/<uuid:id>/shares/<uuid:share>", shares.OneShare.as_view()),
    path("document-templates", templates.Templates.as_view()),
    path("document-templates/<uuid:id>", templates.OneTemplate.as_view()),
]
