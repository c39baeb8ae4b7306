"""A provider of card payments, simulated."""
