"""Work on pictures, done in a process of its own."""
