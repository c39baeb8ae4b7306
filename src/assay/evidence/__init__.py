"""What was seen: blocks of load, the machine beside them, and the folder that holds them."""

from assay.evidence.block import (
    LATE,
    OK,
    Block,
    Clock,
    Count,
    Hiccups,
    Injected,
    Machine,
    Recorded,
    Slice,
)
from assay.evidence.errors import EvidenceError
from assay.evidence.machine import MachineDescription, MachineWatch, describe_machine
from assay.evidence.pooled import Pooled, pooled
from assay.evidence.reading import Event, Run
from assay.evidence.record import RunRecord, Versions
from assay.evidence.store import RunFolder, utc_now

__all__ = [
    "LATE",
    "OK",
    "Block",
    "Clock",
    "Count",
    "Event",
    "EvidenceError",
    "Hiccups",
    "Injected",
    "Machine",
    "MachineDescription",
    "MachineWatch",
    "Pooled",
    "Recorded",
    "Run",
    "RunFolder",
    "RunRecord",
    "Slice",
    "Versions",
    "describe_machine",
    "pooled",
    "utc_now",
]
