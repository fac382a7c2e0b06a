"""Looking at pictures."""
