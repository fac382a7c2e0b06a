"""What every room's API is made of: the wire, errors, pages, limits, tags, the schema."""
