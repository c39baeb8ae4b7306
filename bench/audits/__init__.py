"""The audit of checkouts over a million events, and over a million operations."""
