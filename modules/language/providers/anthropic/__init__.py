"""Anthropic's messages API."""

from modules.language.providers.anthropic.provider import AnthropicProvider

__all__ = ["AnthropicProvider"]
