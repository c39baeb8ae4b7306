"""Payments of the shop."""
