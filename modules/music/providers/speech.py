"""The provider `openai`: a compatible endpoint that answers with the sound itself."""

from modules.asking import Made
from modules.breakers import BreakerOpen
from modules.language import errors
from modules.language.base import Endpoint, ProviderError
from modules.language.types import Usage
from modules.music import orders
from modules.music.mapping import fill, mapping_of, path
from modules.music.providers import Piece, Wish
from modules.music.sizes import most_bytes
from modules.music.wire import send
from modules.running.context import JobContext

USUAL_ADDRESS = "https://api.openai.com/v1"


def make(job: JobContext, wish: Wish) -> Piece:
    """Have the words spoken, or sung, as the endpoint does it. Priced by the character.

    An attempt that was lost in the middle may have been paid for: then a person decides.
    """
    mapping = mapping_of(job.model.options)
    voice = wish.voice or mapping.voice
    if (received := orders.kept(job.job)) is not None:
        with received.file.open("rb") as file:
            return Piece(file.read(), meta={"voice": voice})
    if orders.begun(job.job) is not None:
        raise orders.unconfirmed()
    job.progress(0.1, f"Asking {job.model.name}")

    async def attempt(endpoint: Endpoint) -> Made[bytes]:
        values = {
            "prompt": wish.prompt,
            "title": wish.title,
            "seconds": wish.seconds,
            "instrumental": wish.instrumental,
            "model": endpoint.model,
            "voice": voice,
        }
        answer = await send(
            endpoint,
            "POST",
            (endpoint.base_url or USUAL_ADDRESS) + path(mapping.speech_path, values),
            headers=_headers(mapping.header, mapping.scheme, endpoint.api_key),
            body=fill(mapping.speech_body, values),
            most=most_bytes(),
            once=True,
        )
        if not answer.content or answer.content_type.partition(";")[0] == "application/json":
            raise errors.garbage("no sound")
        cost = int(job.model.options.get("unit_price", 0))
        return Made(answer.content, Usage(len(wish.prompt), 0), cost)

    orders.intend(job.job)
    try:
        return Piece(job.call(attempt), meta={"voice": voice})
    except BreakerOpen:
        orders.withdraw(job.job)
        raise
    except ProviderError as error:
        if error.code != "unknown_outcome":
            orders.withdraw(job.job)
        raise


def _headers(header: str, scheme: str, key: str) -> dict[str, str]:
    return {header: f"{scheme} {key}".strip()} if key else {}
