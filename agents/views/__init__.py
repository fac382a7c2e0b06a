"""Agents and their runs on screen."""
