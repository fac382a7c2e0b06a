"""How jobs are started, who has them, and how they end."""
