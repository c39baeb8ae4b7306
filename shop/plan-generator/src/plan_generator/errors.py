"""Why an intent cannot become a plan."""

from __future__ import annotations


class Unplannable(Exception):
    """The message says why, for people."""


class OverLimit(Unplannable):
    """It costs more than the user allows, before anything is tried."""
