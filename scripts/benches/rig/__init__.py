"""What the bench of the API needs besides itself: a server with bare views, and a load."""
