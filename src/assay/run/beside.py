"""What a variant uses up while a block runs, processor time and capacities, and its gauges.

Looked at only where a throughput is measured or a gauge is shown: it takes time from the system.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from assay.run.counters import Counters
from assay.systems import System

LOOK_S = 2.0
LEAST_LOOKS = 4


@dataclass
class Beside:
    """An async context manager around a block; `lead_in_s` of it are left out."""

    system: System
    counters: Counters
    variant: str
    capacities: Sequence[str]
    metrics: Sequence[str]
    """Of which the gauges are looked at."""
    cores: frozenset[int]
    """The system's."""
    lead_in_s: float
    duration_s: float
    idle_cores: float | None = None
    used: dict[str, float] = field(default_factory=dict[str, float])
    taken: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    sums: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Gauge → the sum of what it was, and how often it was looked at."""
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Beside:
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        if not self._task.done():
            self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.lead_in_s)
        begun_s = loop.time()
        before, idle_before_s = self._cpu_s(), self._idle_s()
        seen: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        look_s = min(LOOK_S, self.duration_s / LEAST_LOOKS)
        while loop.time() + look_s < begun_s + self.duration_s:
            await asyncio.sleep(look_s)
            for name, values in (await self.counters.taken(self.variant, self.capacities)).items():
                seen[name].append(values)
            for name, value in (await self.counters.now(self.variant, self.metrics)).items():
                total, times = self.sums.get(name, (0.0, 0.0))
                self.sums[name] = total + value, times + 1
        await asyncio.sleep(max(0.0, begun_s + self.duration_s - loop.time()))
        after, seconds = self._cpu_s(), loop.time() - begun_s
        self.used = _rates(before, after, seconds)
        idle_s = self._idle_s()
        if idle_s is not None and idle_before_s is not None:
            self.idle_cores = round((idle_s - idle_before_s) / seconds, 4)
        self.taken = {
            name: (sum(used for used, _ in values) / len(values), values[-1][1])
            for name, values in seen.items()
        }

    def _idle_s(self) -> float | None:
        """Of the system's cores, since the machine started; None where some are offline."""
        times = psutil.cpu_times(percpu=True)
        if max(self.cores) >= len(times):
            return None
        idle = (times[core] for core in self.cores)
        return sum(each.idle + float(getattr(each, "iowait", 0.0)) for each in idle)

    def _cpu_s(self) -> dict[str, float]:
        """Of the variant's own processes and of those it shares with others."""
        spent: defaultdict[str, float] = defaultdict(float)
        for usage in self.system.usage():
            if usage.variant in (None, self.variant) and not usage.outside:
                spent[usage.process] += usage.cpu_s
        return dict(spent)


def _rates(
    before: Mapping[str, float], after: Mapping[str, float], seconds: float
) -> dict[str, float]:
    return {
        name: round((spent - before.get(name, 0.0)) / seconds, 4)
        for name, spent in after.items()
        if spent > before.get(name, 0.0)
    }
