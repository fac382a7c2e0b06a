"""Addresses of the whitepapers."""

from django.urls import path

from whitepapers import views

app_name = "whitepapers"

urlpatterns = [
    # Without an account, for papers that are published for everybody.
    path("papers/<slug:workspace>/<slug:slug>/", views.public, name="public"),
    path("papers/<slug:workspace>/<slug:slug>/pdf/", views.public_pdf, name="public_pdf"),
    path("whitepapers/", views.paper_list, name="list"),
    path("whitepapers/new/", views.create, name="create"),
    path("whitepapers/preview/", views.preview, name="preview"),
    path("whitepapers/<slug:slug>/", views.detail, name="detail"),
    path("whitepapers/<slug:slug>/edit/", views.edit, name="edit"),
    path("whitepapers/<slug:slug>/pdf/", views.pdf, name="pdf"),
    path("whitepapers/<slug:slug>/download/", views.download, name="download"),
    path("whitepapers/<slug:slug>/publish/", views.publish, name="publish"),
    path("whitepapers/<slug:slug>/unpublish/", views.unpublish, name="unpublish"),
    path("whitepapers/<slug:slug>/versions/<int:number>/", views.version, name="version"),
    path("whitepapers/<slug:slug>/versions/<int:number>/restore/", views.restore, name="restore"),
]
