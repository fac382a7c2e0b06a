"""Language models: one vocabulary, and a folder for each kind of server that speaks it."""
