"""The audit of checkouts over a history of a million events."""
