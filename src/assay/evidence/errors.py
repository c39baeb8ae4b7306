"""What can be wrong with a run folder."""

from __future__ import annotations


class EvidenceError(Exception):
    """Evidence that cannot be written or read; the message names the file and what would do."""
