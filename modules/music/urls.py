"""Addresses of music; part of those of the modules."""

from django.urls import path

from modules.music import library, views

urlpatterns = [
    path("music/called/<str:token>/", views.called, name="music_called"),
    path("music/", library.library, name="music"),
    path("music/playlists/", library.create, name="playlist_new"),
    path("music/playlists/<uuid:pk>/", library.playlist, name="playlist"),
    path("music/playlists/<uuid:pk>/rename/", library.rename, name="playlist_rename"),
    path("music/playlists/<uuid:pk>/delete/", library.delete, name="playlist_delete"),
    path("music/playlists/<uuid:pk>/remove/<uuid:asset>/", library.remove, name="playlist_remove"),
    path("music/<uuid:pk>/sound/", library.sound, name="music_sound"),
    path("music/<uuid:pk>/change/", library.change, name="music_change"),
    path("music/<uuid:pk>/add/", library.add, name="music_add"),
]
