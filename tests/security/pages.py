"""Who may do what on the screens: the addresses that are no part of the API.

What is in neither list may be opened by every member, and changes nothing of the workspace's
when somebody posts to it who may only look. That holds for a new screen without a row; a
screen with a permission of its own gets one here.
"""

# Everybody, signed in or not.
OPEN = {
    "health/live",
    "health/ready",
    "metrics",
    "login/",
    "logout/",
    "setup/<str:token>/",
    "join/<str:token>/",
    "hooks/<str:token>/",
    "hooks/<str:token>",
    "music/called/<str:token>/",
    "papers/<slug:workspace>/<slug:slug>/",
    "papers/<slug:workspace>/<slug:slug>/pdf/",
    "shared/<str:token>/",
    # Signed for one file and one hour.
    "assets/<uuid:pk>/<str:what>/<int:until>/<str:signature>/",
}
# What a viewer may do that is recorded: going away.
OWN = {"settings/workspace/leave/"}

# Address → the permission without which a post is refused.
NEEDS = {
    "halt/": "run",
    "analytics/keep/": "work",
    "resume/": "run",
    "tasks/<int:number>/unblock/": "work",
    "tasks/<int:number>/move/": "work",
    "tasks/<int:number>/edit/": "work",
    "tasks/<int:number>/assign/": "work",
    "tasks/<int:number>/review/": "review",
    "tasks/<int:number>/stop/": "run",
    "tasks/<int:number>/delete/": "work",
    "tasks/<int:number>/messages/": "comment",
    "messages/<uuid:pk>/react/": "comment",
    "roadmap/": "work",
    "working/edit/": "work",
    "documents/new/": "work",
    "documents/<uuid:pk>/edit/": "work",
    "documents/<uuid:pk>/archive/": "work",
    "documents/<uuid:pk>/versions/<int:number>/restore/": "work",
    "documents/<uuid:pk>/shares/": "decide",
    "documents/<uuid:pk>/shares/<uuid:share>/": "decide",
    "documents/<uuid:pk>/shares/<uuid:share>/revoke/": "decide",
    "documents/<uuid:pk>/visibility/": "decide",
    "whitepapers/new/": "work",
    "whitepapers/<slug:slug>/edit/": "work",
    "whitepapers/<slug:slug>/publish/": "decide",
    "whitepapers/<slug:slug>/unpublish/": "decide",
    "whitepapers/<slug:slug>/versions/<int:number>/restore/": "work",
    "agents/new/": "agents",
    "agents/<slug:handle>/edit/": "agents",
    "agents/<slug:handle>/budget/": "agents",
    "agents/<slug:handle>/pause/": "agents",
    "agents/<slug:handle>/resume/": "agents",
    "agents/<slug:handle>/retire/": "agents",
    "agents/<slug:handle>/heartbeat/": "run",
    "runs/<uuid:pk>/stop/": "run",
    "runs/<uuid:pk>/steer/": "run",
    "approvals/<uuid:pk>/decide/": "decide",
    "models/new/": "models",
    "models/<uuid:pk>/": "models",
    "models/<uuid:pk>/default/": "models",
    "models/<uuid:pk>/delete/": "models",
    "settings/members/<uuid:pk>/role/": "members",
    "settings/members/<uuid:pk>/remove/": "members",
    "settings/invitations/<uuid:pk>/withdraw/": "members",
    "settings/webhooks/": "webhooks",
    "settings/webhooks/<uuid:pk>/": "webhooks",
    "settings/webhooks/<uuid:pk>/switch/": "webhooks",
    "settings/webhooks/<uuid:pk>/rotate/": "webhooks",
    "settings/webhooks/<uuid:pk>/test/": "webhooks",
    "settings/webhooks/<uuid:pk>/delete/": "webhooks",
    "settings/webhooks/incoming/": "webhooks",
    "settings/webhooks/incoming/<uuid:pk>/": "webhooks",
    "settings/webhooks/incoming/<uuid:pk>/switch/": "webhooks",
    "settings/webhooks/incoming/<uuid:pk>/replace/": "webhooks",
    "settings/webhooks/incoming/<uuid:pk>/delete/": "webhooks",
}

# Every form finds the fields that it knows in here.
FIELDS = {
    "title": "Light",
    "content": "Two.",
    "body": "Look",
    "name": "Lamp",
    "handle": "lamp",
    "role": "viewer",
    "status": "in_progress",
    "reason": "Fog",
    "text": "Look",
    "verdict": "approve",
    "decision": "approve",
    "sign": "👍",
    "goal": "Light the harbour",
    "url": "http://example.org/x",
    "events": "task.*",
    "priority": "1",
    "version": "1",
}
