"""The screens of people and their workspace, one module for each."""
