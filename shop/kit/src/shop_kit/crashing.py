"""Dies on purpose, as a crash would, at a point that has a name: where a test asks for it.

    SHOP_CRASH_AT=before-commit:ReserveStock,after-publish:StockReserved SHOP_CRASH_MARKS=FOLDER

Each happens once: a file in the folder says that it has, and the process that is started next goes
on. Without SHOP_CRASH_AT a point costs one comparison.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn


def _armed() -> frozenset[str]:
    return frozenset(filter(None, os.environ.get("SHOP_CRASH_AT", "").split(",")))


ARMED = _armed()


def point(name: str, kinds: Iterable[str]) -> None:
    """Where messages of these kinds are: before or after what the name says."""
    if not ARMED:
        return
    for kind in kinds:
        which = f"{name}:{kind}"
        if which in ARMED:
            mark = Path(os.environ["SHOP_CRASH_MARKS"]) / which
            if not mark.exists():
                mark.touch()
                _die()


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("not even SIGKILL")
