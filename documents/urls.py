"""Addresses of the documents."""

from django.urls import path

from documents.views import reading, sharing, templates, writing

app_name = "documents"

urlpatterns = [
    # Without an account, for whoever has a link.
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path("documents/", reading.document_list, name="list"),
    path("documents/new/", writing.create, name="create"),
    path("documents/preview/", writing.preview, name="preview"),
    path("documents/templates/", templates.template_list, name="templates"),
    path("documents/templates/new/", templates.create, name="new_template"),
    path("documents/templates/<uuid:pk>/", templates.edit, name="template"),
    path("documents/templates/<uuid:pk>/delete/", templates.delete, name="delete_template"),
    path("documents/<uuid:pk>/", reading.detail, name="detail"),
    path("documents/<uuid:pk>/edit/", writing.edit, name="edit"),
    path("documents/<uuid:pk>/archive/", writing.archive, name="archive"),
    path("documents/<uuid:pk>/download/", reading.download, name="download"),
    path("documents/<uuid:pk>/pdf/", reading.pdf, name="pdf"),
    path("documents/<uuid:pk>/shares/", sharing.shares, name="shares"),
    path("documents/<uuid:pk>/shares/<uuid:share>/", sharing.change, name="share"),
    path("documents/<uuid:pk>/shares/<uuid:share>/revoke/", sharing.revoke, name="revoke"),
    path("documents/<uuid:pk>/visibility/", sharing.visibility, name="visibility"),
    path("documents/<uuid:pk>/versions/<int:number>/", reading.version, name="version"),
    path("documents/<uuid:pk>/versions/<int:number>/restore/", writing.restore, name="restore"),
]
