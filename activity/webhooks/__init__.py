"""Events on their way to other systems: signed, tried again, and never to a private address."""
