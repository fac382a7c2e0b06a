"""A plug-in that posts notices to a channel: Slack, Mattermost, and whatever speaks alike."""

import json

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from agents.hooks import Happening, Moment
from core.errors import Unavailable
from core.http import AddressRefused, OutboundError, fetch
from core.queueing import enqueue

SENDER = "agents.jobs.send_notice"
TIMEOUT_S = 10.0
LONGEST = 1_000

_WORDS = {
    Moment.CREATED: "was created",
    Moment.WOKEN: "woke up",
    Moment.BEFORE_STEP: "begins a step",
    Moment.AFTER_STEP: "made a step",
    Moment.FINISHED: "finished",
    Moment.FAILED: "failed",
    Moment.PAUSED: "was paused",
    Moment.RETIRED: "was retired",
}


class SlackNotice:
    """Posts {"text": …} to `AGENT_NOTICE_URL`, of the moments in `AGENT_NOTICE_MOMENTS`.

    Here the notice is only handed to a job: no agent waits for a channel.
    """

    def __init__(self) -> None:
        if not settings.AGENT_NOTICE_URL:
            raise ImproperlyConfigured("AGENT_NOTICE_URL says where notices are posted to.")
        self.moments = frozenset(Moment(one) for one in settings.AGENT_NOTICE_MOMENTS)

    def __call__(self, happening: Happening) -> None:
        enqueue(SENDER, text_of(happening))


def text_of(happening: Happening) -> str:
    """One line that says what happened. What would be markup or a mention stands as it is."""
    about = f" {happening.kind}" if happening.kind else ""
    if happening.task:
        about += f" on {happening.task}"
    did = _WORDS[happening.moment]
    if happening.state == "cancelled":
        did = "was stopped in"
    text = f"{happening.agent} (@{happening.handle}, {happening.workspace}) {did}{about}"
    if happening.name:
        text += f" ({happening.name})"
    if happening.reason:
        text += f": {happening.reason}"
    return _plain(text)[:LONGEST]


def post(text: str) -> None:
    """Post one notice. Raises OutboundError, and Unavailable when it was not taken."""
    if not settings.AGENT_NOTICE_URL:
        return
    answer = fetch(
        settings.AGENT_NOTICE_URL,
        method="POST",
        headers={"Content-Type": "application/json"},
        content=json.dumps({"text": text}).encode(),
        timeout_s=TIMEOUT_S,
        max_bytes=2_000,
        cut=True,
        max_redirects=0,
    )
    if not 200 <= answer.status < 300:
        raise Unavailable(f"The channel answered {answer.status}.", code="notice_refused")


def passes(error: Exception) -> bool:
    """Whether another try may go better. Not where the address itself is refused."""
    return isinstance(error, OutboundError | Unavailable) and not isinstance(error, AddressRefused)


def _plain(text: str) -> str:
    """Slack asks for these three; with them neither <!channel> nor a link can be made."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, written)
    return text
