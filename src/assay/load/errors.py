"""What can go wrong before a block is under load."""


class LoadError(Exception):
    """A workload that cannot be run as it stands; the message says why, and what would do."""
