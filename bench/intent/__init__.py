"""How fast sentences are read, and how often rightly, beside simpler ways."""
