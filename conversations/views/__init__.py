"""The screens of conversations."""
