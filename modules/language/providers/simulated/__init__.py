"""A model without a network: it reads the task and the tools and does sensible work.

Deterministic: the same request gives the same reply. Nothing drives it but the request, so
whatever a real model would have to be told is told to this one too.
"""

from modules.language.providers.simulated.provider import SimulatedProvider

__all__ = ["SimulatedProvider"]
