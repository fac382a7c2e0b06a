"""WORKING.md: the shared state of a workspace in one page, read and written by all."""
