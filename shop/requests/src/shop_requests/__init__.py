"""Requests of shoppers, and what is right to do about each of them."""
