"""How a system is broken on purpose, and healed."""

from assay.faults.breaking import Broken, broken_beside

__all__ = ["Broken", "broken_beside"]
