"""The screens of the command center, one module for each."""
