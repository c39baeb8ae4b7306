"""All that is seen beside the load of one block."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from functools import partial

from assay.claims import ClaimsFile
from assay.evidence import Machine, MachineWatch
from assay.evidence.counters import rise
from assay.run.beside import Beside
from assay.run.blocks import Seen
from assay.run.counters import Counters, Reading
from assay.run.looking import ALARM_EVERY_S, BACKLOG_EVERY_S, Looks, on_since
from assay.run.plan import Comparison
from assay.systems import System


class Watching:
    """An async context manager around the load; what it has seen can be asked for afterwards."""

    def __init__(
        self, file: ClaimsFile, system: System, counters: Counters, cores: frozenset[int],
        comparison: Comparison, variant: str, fault: str | None, lead_in_s: float,
    ) -> None:  # fmt: skip
        """`cores`: the system's. `lead_in_s` of the load are not looked at."""
        self._system = system
        self._counters = counters
        self._cores = cores
        self._variant = variant
        self._metrics = comparison.metrics(variant)
        self._beside = self._using(file, comparison, lead_in_s)
        alarm = file.faults[fault].alarm if fault is not None else None
        self._alarm = Looks(
            partial(counters.alarmed, variant, alarm) if alarm else None, ALARM_EVERY_S
        )
        self._backlog = comparison.backlog
        self._backlogs = Looks(
            partial(counters.now, variant, self._backlog) if self._backlog else None,
            BACKLOG_EVERY_S,
        )
        self._stack = AsyncExitStack()

    def _using(self, file: ClaimsFile, comparison: Comparison, lead_in_s: float) -> Beside | None:
        """What looks at capacities and gauges, where somebody wants to know."""
        gauges = [name for name in self._metrics if file.metrics[name].gauge is not None]
        if not comparison.measures_throughput and not gauges:
            return None
        capacities = tuple(file.capacities) if comparison.measures_throughput else ()
        return Beside(
            *(self._system, self._counters, self._variant, capacities, gauges),
            *(self._cores, lead_in_s, comparison.block_s),
        )

    async def __aenter__(self) -> Watching:
        self._before = await self._counters.read(self._variant, self._metrics)
        self._watch = MachineWatch({os.getpid(), *self._system.pids(None)})
        for each in (self._beside, self._alarm, self._backlogs):
            if each is not None:
                await self._stack.enter_async_context(each)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._stack.aclose()
        if kind is not None:
            return
        self._machine: Machine = self._watch.stop()
        self._after: Reading = await self._counters.read(self._variant, self._metrics)

    def seen(self, started_unix_ns: int) -> Seen:
        """`started_unix_ns`: when the block began."""
        risen = {name: rise(before, self._after[name]) for name, before in self._before.items()}
        metrics = {name: found for name, found in risen.items() if found is not None}
        beside = self._beside
        return Seen(
            neighbour_cores=self._machine.neighbour_cores,
            stolen_cores=self._machine.stolen_cores,
            metrics=metrics if beside is None else {**metrics, **beside.sums},
            used={} if beside is None else beside.used,
            cores=0 if beside is None else len(self._cores),
            idle_cores=None if beside is None else beside.idle_cores,
            capacities={} if beside is None else beside.taken,
            backlogs={
                name: tuple(
                    (round((at_ns - started_unix_ns) / 1e9, 3), values[name])
                    for at_ns, values in self._backlogs.seen
                    if name in values and at_ns >= started_unix_ns
                )
                for name in self._backlog
            },
        )

    def alarmed_since(self, began_unix_ns: int) -> int | None:
        """Since when the alarm was on, of when a fault began; in ns since 1970, both."""
        return on_since(self._alarm.seen, began_unix_ns)
