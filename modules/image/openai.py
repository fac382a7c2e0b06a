"""OpenAI's images API, and servers that speak it."""

import base64
import binascii
from typing import Any

from modules.asking import Made
from modules.image.base import Pictures, Wish
from modules.language import errors
from modules.language.base import Endpoint, ProviderError
from modules.language.connections import Clients
from modules.language.providers.openai.provider import make_client, translated
from modules.language.types import Usage


class OpenAIImages:
    """Options: `unit_price` (microdollars a picture, where tokens are not counted),
    `sends_seed` (for servers that know one), `extra_body`."""

    def __init__(self) -> None:
        self._clients = Clients(make_client)

    async def make(self, wish: Wish, endpoint: Endpoint) -> Made[Pictures]:
        """See ImageProvider. Editing and varying go to images/edits."""
        extra = dict(endpoint.options.get("extra_body") or {})
        if wish.seed is not None and endpoint.options.get("sends_seed"):
            extra["seed"] = wish.seed
        width, height = wish.pixels
        common: dict[str, Any] = {
            "model": endpoint.model,
            "prompt": wish.prompt,
            "n": wish.count,
            "size": f"{width}x{height}",
            "quality": wish.quality,
            "extra_body": extra or None,
        }
        async with self._clients.lend(endpoint) as client:
            with translated(endpoint):
                if wish.image is None:
                    answer = await client.images.generate(**common)
                else:
                    files: dict[str, Any] = {"image": ("image.png", wish.image, "image/png")}
                    if wish.mask is not None:
                        files["mask"] = ("mask.png", wish.mask, "image/png")
                    answer = await client.images.edit(**common, **files)
        found = _pictures(answer, endpoint)
        unit = int(endpoint.options.get("unit_price", 0))
        usage = answer.usage
        used = Usage(usage.input_tokens, usage.output_tokens) if usage else Usage(0, 0)
        return Made(found, used, unit * len(found))


def _pictures(answer: Any, endpoint: Endpoint) -> Pictures:
    found = []
    for one in answer.data or []:
        if one.b64_json:
            try:
                found.append(base64.b64decode(one.b64_json, validate=True))
            except binascii.Error:
                raise errors.garbage("a picture that is no base64") from None
        elif one.url:
            found.append(_fetched(one.url))
    if not found:
        raise errors.garbage("an answer without pictures")
    return found


def _fetched(url: str) -> bytes:
    # Some servers give an address instead; it is fetched as any address of a stranger.
    from core.http import OutboundError, fetch

    try:
        answer = fetch(url, timeout_s=60, max_bytes=50_000_000)
    except OutboundError as error:
        raise ProviderError("no_picture", error.message, transient=True) from None
    return answer.content
