"""The screens of the agents, one module for each."""
