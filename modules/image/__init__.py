"""Pictures: made, changed, varied."""
