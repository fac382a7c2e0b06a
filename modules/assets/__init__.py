"""Files of a workspace: checked when they come in, kept once, served with care."""
