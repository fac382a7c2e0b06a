"""Webhooks in: other systems make tasks by calling a secret address."""
