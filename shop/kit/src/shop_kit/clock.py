"""What time it is: the machine's clock, and how far this process is to be off it.

A service that stamps what it keeps, or compares such a stamp with now, asks here. SHOP_CLOCK names
a file with the number of seconds that its clock is ahead (behind, below zero); while there is no
such file it is right. The file is read again as it changes, so that a test can set the clock of a
service that runs (`shop_kit.skewing`). What only measures how long something takes has no need of
this: no clock that can be set is right for that.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge

VARIABLE = "SHOP_CLOCK"
METRIC = "clock_ahead_seconds"


class Clock:
    """`file`: None where it cannot be set."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        """What tells one content of the file from the next: written when, and into which."""
        self._ahead_s = 0.0

    @property
    def ahead_s(self) -> float:
        """Of the machine's clock; zero where the file says nothing that can be read."""
        if self._file is None:
            return 0.0
        try:
            there = self._file.stat()
        except OSError:
            self._seen, self._ahead_s = None, 0.0
            return 0.0
        seen = there.st_mtime_ns, there.st_ino
        if seen != self._seen:
            self._seen, self._ahead_s = seen, 0.0
            with suppress(OSError, ValueError):
                self._ahead_s = float(self._file.read_text())
        return self._ahead_s

    def now_s(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_s(), UTC)

    def measured(self, registry: CollectorRegistry) -> None:
        """`clock_ahead_seconds`, as it is when somebody asks."""
        gauge = Gauge(METRIC, "What this clock is ahead of the machine's.", registry=registry)
        gauge.set_function(lambda: self.ahead_s)


CLOCK = Clock(Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
"""That of this process."""
