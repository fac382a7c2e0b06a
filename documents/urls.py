"""Addresses of the documents."""

from django.urls import path

from documents.views import reading, writing

app_name = "documents"

urlpatterns = [
    path("documents/", reading.document_list, name="list"),
    path("documents/new/", writing.create, name="create"),
    path("documents/preview/", writing.preview, name="preview"),
    path("documents/<uuid:pk>/", reading.detail, name="detail"),
    path("documents/<uuid:pk>/edit/", writing.edit, name="edit"),
    path("documents/<uuid:pk>/archive/", writing.archive, name="archive"),
    path("documents/<uuid:pk>/download/", reading.download, name="download"),
    path("documents/<uuid:pk>/pdf/", reading.pdf, name="pdf"),
    path("documents/<uuid:pk>/versions/<int:number>/", reading.version, name="version"),
    path("documents/<uuid:pk>/versions/<int:number>/restore/", writing.restore, name="restore"),
]
