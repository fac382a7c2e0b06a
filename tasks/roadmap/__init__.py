"""Roadmap documents: reading any Markdown plan as a tree, and taking it into the board."""
