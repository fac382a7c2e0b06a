"""One door for HTTP and for sockets."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402  (needs the apps loaded above)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from activity.routing import websocket_urlpatterns as of_activity  # noqa: E402
from activity.sockets import OriginOrProgram  # noqa: E402
from agents.routing import websocket_urlpatterns as of_agents  # noqa: E402
from conversations.routing import websocket_urlpatterns as of_conversations  # noqa: E402
from missioncontrol.http import Handler  # noqa: E402
from missioncontrol.mcp.door import Door  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": Door(Handler()),
        # A page of another site may not open a socket with this site's cookie.
        "websocket": OriginOrProgram(
            AuthMiddlewareStack(URLRouter([*of_activity, *of_agents, *of_conversations])),
            settings.ALLOWED_HOSTS,
        ),
    }
)
