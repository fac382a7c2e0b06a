"""Addresses of the documents."""

from django.urls import path

from documents import views

app_name = "documents"

urlpatterns = [
    path("documents/", views.document_list, name="list"),
    path("documents/new/", views.create, name="create"),
    path("documents/preview/", views.preview, name="preview"),
    path("documents/<uuid:pk>/", views.detail, name="detail"),
    path("documents/<uuid:pk>/edit/", views.edit, name="edit"),
    path("documents/<uuid:pk>/archive/", views.archive, name="archive"),
    path("documents/<uuid:pk>/download/", views.download, name="download"),
    path("documents/<uuid:pk>/versions/<int:number>/", views.version, name="version"),
    path("documents/<uuid:pk>/versions/<int:number>/restore/", views.restore, name="restore"),
]
