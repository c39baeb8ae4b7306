"""Checkouts of the shop."""
