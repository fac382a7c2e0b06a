"""Pieces of music and speech: asked of a provider that takes its time, or composed here."""
