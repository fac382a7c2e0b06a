"""Addresses of people, sign-in and settings."""

from django.urls import path

from accounts.views import entering, settings

app_name = "accounts"

urlpatterns = [
    path("login/", entering.SignIn.as_view(), name="login"),
    path("logout/", entering.SignOut.as_view(), name="logout"),
    path("setup/<str:token>/", entering.set_up, name="set_up"),
    path("join/<str:token>/", entering.join, name="join"),
    path("switch/", entering.switch, name="switch"),
    path("nowhere/", entering.nowhere, name="nowhere"),
    path("settings/", settings.profile, name="settings"),
    path("settings/password/", settings.password, name="password"),
    path("settings/workspace/", settings.workspace, name="workspace"),
    path("settings/workspace/transfer/", settings.transfer, name="transfer"),
    path("settings/workspace/leave/", settings.leave, name="leave"),
    path("settings/members/", settings.members, name="members"),
    path("settings/members/<uuid:pk>/role/", settings.role, name="role"),
    path("settings/members/<uuid:pk>/remove/", settings.remove, name="remove"),
    path("settings/invitations/<uuid:pk>/withdraw/", settings.withdraw, name="withdraw"),
    path("settings/keys/", settings.api_keys, name="keys"),
    path("settings/keys/<uuid:pk>/revoke/", settings.revoke, name="revoke"),
]
