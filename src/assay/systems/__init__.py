"""What is judged: processes that assay starts, or addresses that exist already."""

from assay.systems.address import Address
from assay.systems.check import variant_misfits
from assay.systems.errors import (
    AddressError,
    CommandFailed,
    KeeperError,
    ProcessDied,
    StartFailed,
    StateFolderError,
    SystemDown,
    SystemsError,
    UndoFailed,
    UnknownName,
)
from assay.systems.keeper import KeeperInfo, keeper_of, start_keeper, stop_keeper
from assay.systems.links import Picked, Trouble, Wire
from assay.systems.local import LocalSystem
from assay.systems.model import Stack
from assay.systems.reading import read_stack
from assay.systems.register import clean_leftovers
from assay.systems.running import RunningSystem
from assay.systems.system import Event, OnEvent, System, Usage

__all__ = [
    "Address",
    "AddressError",
    "CommandFailed",
    "Event",
    "KeeperError",
    "KeeperInfo",
    "LocalSystem",
    "OnEvent",
    "Picked",
    "ProcessDied",
    "RunningSystem",
    "Stack",
    "StartFailed",
    "StateFolderError",
    "System",
    "SystemDown",
    "SystemsError",
    "Trouble",
    "UndoFailed",
    "UnknownName",
    "Usage",
    "Wire",
    "clean_leftovers",
    "keeper_of",
    "read_stack",
    "start_keeper",
    "stop_keeper",
    "variant_misfits",
]
