"""People, keys and workspaces for programs."""

from django.urls import path

from accounts.api import entering, keys, places

urlpatterns = [
    path("auth/register", entering.Register.as_view()),
    path("auth/login", entering.LogIn.as_view()),
    path("auth/refresh", entering.Refresh.as_view()),
    path("auth/logout", entering.LogOut.as_view()),
    path("auth/me", entering.Me.as_view()),
    path("auth/password", entering.PasswordChange.as_view()),
    path("auth/keys", keys.Keys.as_view()),
    path("auth/keys/<uuid:id>", keys.Key.as_view()),
    path("actors", places.Actors.as_view()),
    path("invitations/accept", places.Acceptance.as_view()),
    path("workspaces", places.Workspaces.as_view()),
    path("workspaces/current", places.Current.as_view()),
    path("workspaces/current/members", places.Members.as_view()),
    path("workspaces/current/members/<uuid:id>", places.Member.as_view()),
    path("workspaces/current/invitations", places.Invitations.as_view()),
    path("workspaces/current/invitations/<uuid:id>", places.OneInvitation.as_view()),
    path("workspaces/current/leave", places.Leaving.as_view()),
    path("workspaces/current/transfer", places.Transfer.as_view()),
]
