"""How a system is broken on purpose, and healed."""

from assay.faults.breaking import Awaited, Broken, Stroke, broken_beside
from assay.faults.harms import Blunt, Done, Fill, Freeze, Harm, Kill, TroubledLink

__all__ = [
    "Awaited",
    "Blunt",
    "Broken",
    "Done",
    "Fill",
    "Freeze",
    "Harm",
    "Kill",
    "Stroke",
    "TroubledLink",
    "broken_beside",
]
