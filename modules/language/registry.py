"""Which providers there are. Each is imported when first asked for: an SDK weighs 40 MB."""

from functools import cache
from importlib import import_module

from modules.language.base import Provider

PROVIDERS = {
    "openai": "modules.language.providers.openai:OpenAIProvider",
    "anthropic": "modules.language.providers.anthropic:AnthropicProvider",
    "simulated": "modules.language.providers.simulated:SimulatedProvider",
}


@cache
def get_provider(name: str) -> Provider:
    """The provider called `name`, one object per process. Raises KeyError for a stranger."""
    module, _, attribute = PROVIDERS[name].partition(":")
    provider: Provider = getattr(import_module(module), attribute)()
    return provider
