"""Any server that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, OpenRouter."""

from modules.language.providers.openai.provider import OpenAIProvider

__all__ = ["OpenAIProvider"]
