"""Conducts a run: systems up, epochs and pairs in turn, until every claim can be judged.

All that it learns goes into the run folder as it happens, so that a run that is cut off leaves
evidence that can be read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Protocol

from assay._engine import Feed
from assay.claims import ClaimsDocument, Saturation
from assay.evidence import Block, Count, MachineWatch, RunFolder
from assay.evidence.counters import rise
from assay.faults import Broken, broken_beside
from assay.load.cores import Cores
from assay.load.generator import WarmUp, warm_up
from assay.load.journeys import JourneyResult, told
from assay.load.spec import BlockSpec
from assay.reports import formatting as f
from assay.run import seeds
from assay.run.auditing import Audited, audited
from assay.run.beside import Beside
from assay.run.blocks import LoadResult, Place, Seen, block_of, done_per_s, injected
from assay.run.counters import Counters
from assay.run.harming import harm_of
from assay.run.judging import Doubled, PredictionKey, Side, judge_plan
from assay.run.observer import Observer
from assay.run.plan import Comparison, Plan
from assay.run.priming import Priming, prime
from assay.run.saturating import search
from assay.systems import System
from assay.verdicts import Judgement, Verdict, Window, level, steady_at

WARM_BLOCKS = 5
MOST_RESTLESS = 2
"""Starts in a row that do not settle: one is thrown away, two are how the system is."""
"""Of a journey; not level by the last of them is INVALID."""


class Loads(Protocol):
    """Loads blocks; knows addresses, messages and feeds."""

    async def load(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        block: str,
        users: int | None,
        check: Callable[[], None],
        begun: Callable[[int], None] | None,
    ) -> LoadResult:
        """A block; `users` where they are not those of the file.

        `begun` is told when the block proper of a journey begins, in ns since 1970.
        """
        ...

    def lead_in_s(self, comparison: Comparison) -> float:
        """Of a block: load that is not counted."""
        ...

    def spec(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        users: int | None = None,
    ) -> BlockSpec:
        """What the engine is asked to do."""
        ...

    def feeds(self, comparison: Comparison, variant: str) -> dict[str, Feed]:
        """The feeds that the requests draw from."""
        ...

    def predicted(self, comparison: Comparison, variant: str) -> dict[str, float]:
        """Metric → the share that the workload lets expect."""
        ...

    def priming(self, comparison: Comparison, variant: str) -> tuple[Priming, ...]:
        """Load that comes before the warm-up, in turn."""
        ...


@dataclass
class Conductor:
    """One run over one plan. `run` may be cancelled at any moment; the caller stops the system."""

    plan: Plan
    claims: ClaimsDocument
    system: System
    loads: Loads
    counters: Counters
    folder: RunFolder
    observer: Observer
    cores: Cores
    clock: Callable[[], float] = time.monotonic
    _blocks: list[Block] = field(default_factory=list[Block])
    _spoilt: dict[str, str] = field(default_factory=dict[str, str])
    """Comparison → why it cannot be measured."""
    _seconds: dict[str, float] = field(default_factory=dict[str, float])
    _predicted: dict[PredictionKey, float] = field(default_factory=dict[PredictionKey, float])
    _users: dict[Side, int] = field(default_factory=dict[Side, int])
    """Where it was found how many saturate a variant."""
    _doubled: Doubled = field(default_factory=Doubled)
    _visits: dict[Side, list[tuple[str, str]]] = field(
        default_factory=dict[Side, list[tuple[str, str]]]
    )
    """(subject, outcome) of all visits since the stores were begun."""

    async def run(self) -> list[Verdict]:
        """Measure each comparison in turn and return the verdicts, in the order of the file."""
        deadline = self.clock() + self.plan.budget_s
        for index, comparison in enumerate(self.plan.comparisons):
            # A claim near its requirement must not starve those after it; information waits.
            rest = self.plan.comparisons[index:]
            claimed = sum(any(asked.judged for asked in each.asked) for each in rest)
            share = (deadline - self.clock()) / (claimed or len(rest))
            await self._compare(comparison, self.clock() + share)
            # What goes on in it, though nobody asks it anything, would disturb the next.
            await self.system.stop(comparison.variants)
        return self._conclude("budget ended")

    def cut_short(self, reason: str) -> list[Verdict]:
        """The verdicts where the run could not go on: INVALID for whatever was not decided."""
        for comparison in self.plan.comparisons:
            asked = {each.name for each in comparison.asked}
            judged = [j for j in self._judge() if j.verdict.name in asked]
            if not all(j.settled for j in judged):
                self._spoilt.setdefault(comparison.name, reason)
        return self._conclude("budget ended")

    def _conclude(self, ended: str) -> list[Verdict]:
        for comparison in self.plan.comparisons:
            self.folder.event(
                "measured",
                comparison=comparison.name,
                seconds=self._seconds.get(comparison.name, 0.0),
                spoilt=self._spoilt.get(comparison.name, ""),
                ended=ended,
                starts=self.system.starts,
            )
        verdicts = [judgement.verdict for judgement in self._judge(ended)]
        for verdict in verdicts:
            self.observer.verdict(verdict)
        return verdicts

    async def _compare(self, comparison: Comparison, deadline: float) -> None:
        begun = self.clock()
        pair, epoch = 0, 0
        restless = 0
        while self._goes_on(comparison, pair) and self.clock() < deadline:
            epoch += 1
            found = await self._start_epoch(comparison, epoch)
            self._seconds[comparison.name] = self.clock() - begun
            restless = restless + 1 if found else 0
            if restless == MOST_RESTLESS:
                self._spoilt[comparison.name] = f"no steady state: {found}, twice in a row"
            if comparison.name in self._spoilt:
                break
            if found:
                continue
            for _ in range(comparison.pairs_per_epoch):
                pair += 1
                await self._pair(comparison, pair, epoch)
                self._seconds[comparison.name] = self.clock() - begun
                self._tell_standing(comparison)
                if not self._goes_on(comparison, pair) or self.clock() >= deadline:
                    break

    def _goes_on(self, comparison: Comparison, pairs: int) -> bool:
        if pairs < comparison.least_pairs:
            return True
        if pairs >= comparison.most_pairs:
            return False
        names = {asked.name for asked in comparison.asked if asked.judged}
        return any(not j.settled for j in self._judge() if j.verdict.name in names)

    async def _start_epoch(self, comparison: Comparison, epoch: int) -> str:
        """What did not come to a steady state, in words; empty where all is ready."""
        what = " and ".join(comparison.variants)
        if self.system.starts:
            self.observer.stage(f"{comparison.name}: starting {what} afresh ({epoch})")
            await self.system.restart(comparison.variants, comparison.uses, self._links(comparison))
        for variant in comparison.variants:
            if epoch == 1:
                for metric, share in self.loads.predicted(comparison, variant).items():
                    self._predicted[comparison.name, variant, metric] = share
                    self.folder.event(
                        "predicted",
                        comparison=comparison.name,
                        variant=variant,
                        metric=metric,
                        share=share,
                    )
            self._visits[comparison.name, variant] = []
            await self._prime(comparison, variant, epoch)
            self.observer.stage(f"{comparison.name}: warming {variant}")
            warm = await self._warm(comparison, variant, epoch)
            self.folder.event(
                "warmed",
                comparison=comparison.name,
                variant=variant,
                epoch=epoch,
                seconds=warm.seconds,
                steady_at_s=warm.steady_at_s,
            )
            if warm.steady_at_s is None:
                return f"{variant} had not settled after {warm.seconds:.0f} s of load"
            if comparison.saturation is not None:
                await self._saturate(comparison, variant, epoch, comparison.saturation)
        return ""

    async def _warm(self, comparison: Comparison, variant: str, epoch: int) -> WarmUp:
        seed = seeds.warm_up_seed(self.plan.seed, comparison.name, epoch)
        if not comparison.journey:
            users = self._users.get((comparison.name, variant))
            spec = self.loads.spec(comparison, variant, comparison.block_s, seed, users)
            feeds = self.loads.feeds(comparison, variant)
            return await warm_up(spec, feeds, steady_at, self.system.check)
        spent_s = 0.0
        for number in range(1, WARM_BLOCKS + 1):
            found = await self._load(comparison, variant, seed, f"warm-{epoch}-{number}")
            spent_s += found.seconds
            if level(found.slices):
                return WarmUp(spent_s - found.seconds, spent_s)
        return WarmUp(None, spent_s)

    async def _saturate(
        self, comparison: Comparison, variant: str, epoch: int, between: Saturation
    ) -> None:
        """Find how many users it takes; later, look whether twice as many still add nothing."""
        seed = seeds.warm_up_seed(self.plan.seed, comparison.name, epoch)
        side = comparison.name, variant

        async def measure(users: int, before: Sequence[tuple[int, float]] = ()) -> float:
            told = [f"{n} users: {f.rate(per_s)}" for n, per_s in before]
            what = f"{comparison.name}: saturating {variant}, {users} users"
            self.observer.stage("; ".join((what, *told)))
            block = f"saturating-{epoch}-{users}"
            found = await self._load(comparison, variant, seed, block, users)
            whole = found.name if isinstance(found, JourneyResult) else None
            # More users than it takes without failing them are too many.
            return done_per_s(found, whole, comparison.error_limit)

        if side not in self._users:
            found = await search(between, measure)
            self.folder.event(
                "saturated",
                comparison=comparison.name,
                variant=variant,
                users=found.users,
                steps=found.steps,
            )
            if found.users is None:
                self._spoilt[comparison.name] = found.reason(variant)
                return
            self._users[side] = found.users
        users = 2 * self._users[side]
        per_s = await measure(users)
        self._doubled.add(side, epoch, per_s)
        self.folder.event(
            "doubled",
            comparison=comparison.name,
            variant=variant,
            epoch=epoch,
            users=users,
            per_s=per_s,
        )

    async def _load(
        self,
        comparison: Comparison,
        variant: str,
        seed: int,
        block: str,
        users: int | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> LoadResult:
        """Load a variant; its visits are remembered for the audits."""
        users = users or self._users.get((comparison.name, variant))
        found = await self.loads.load(
            *(comparison, variant, comparison.block_s, seed),
            *(f"{self.folder.id}-{block}-{variant}", users, self.system.check, begun),
        )
        for outcome, words in found.first_errors:
            self.folder.event("error", block=block, outcome=outcome, words=words)
        if isinstance(found, JourneyResult):
            self._visits[comparison.name, variant] += told(found.all_visits)
        return found

    async def _prime(self, comparison: Comparison, variant: str, epoch: int) -> None:
        """Load by users first, where the file asks for it, and then what they left unsettled."""
        for priming in self.loads.priming(comparison, variant):
            if comparison.name not in self._spoilt:
                await self._primed(comparison, variant, epoch, priming)

    async def _primed(
        self, comparison: Comparison, variant: str, epoch: int, priming: Priming
    ) -> None:
        what = f"{comparison.name}: priming {variant} by {priming.by}"

        def tell(window: Window | None) -> None:
            shares = window.shares.items() if window else ()
            seen = [f"{name} {f.share(share)}" for name, share in shares if share is not None]
            times = [f.latency(window.median_us)] if window else []
            self.observer.stage(", ".join((what, *times, *seen)))

        found = await prime(
            priming,
            {
                metric: share
                for (name, of, metric), share in self._predicted.items()
                if (name, of) == (comparison.name, variant) and metric in priming.metrics
            },
            lambda number: seeds.priming_seed(self.plan.seed, comparison.name, epoch, number),
            lambda: self.counters.read(variant, priming.metrics),
            tell,
            self.system.check,
        )
        self.folder.event(
            "primed",
            comparison=comparison.name,
            variant=variant,
            epoch=epoch,
            by=priming.by,
            seconds=found.seconds,
            windows=[{"median_us": w.median_us, **w.shares} for w in found.windows],
        )
        if not found.steady:
            asked = " and ".join(("the median", *priming.metrics))
            self._spoilt[comparison.name] = (
                f"no steady state: {asked} of {variant} had not settled"
                f" after {found.seconds:.0f} s of load by {priming.by}"
            )

    async def _pair(self, comparison: Comparison, pair: int, epoch: int) -> None:
        seed = seeds.pair_seed(self.plan.seed, comparison.name, pair)
        order = list(comparison.variants)
        if seeds.first_variant(self.plan.seed, comparison.name, pair) == 1:
            order.reverse()
        for position, variant in enumerate(order):
            place = Place(
                number=len(self._blocks) + 1,
                comparison=comparison.name,
                pair=pair,
                position=position,
                epoch=epoch,
                variant=variant,
                workload=comparison.workload,
                seed=seed,
            )
            block = await self._block(comparison, place)
            self._blocks.append(block)
            self.folder.append(block)

    async def _block(self, comparison: Comparison, place: Place) -> Block:
        variant = place.variant
        what = f"{comparison.name}: pair {place.pair}, {variant}"
        lead_in_s = self.loads.lead_in_s(comparison)
        self.observer.measuring(what, lead_in_s + comparison.block_s)

        metrics = comparison.metrics(variant)
        before = await self.counters.read(variant, metrics)
        watch = MachineWatch({os.getpid(), *self.system.pids(None)})
        async with AsyncExitStack() as stack:
            beside = None
            gauges = [name for name in metrics if self.claims.file.metrics[name].gauge is not None]
            if comparison.measures_throughput or gauges:
                names = tuple(self.claims.file.capacities) if comparison.measures_throughput else ()
                beside = await stack.enter_async_context(
                    Beside(
                        *(self.system, self.counters, variant, names, gauges),
                        *(lead_in_s, comparison.block_s),
                    )
                )
            result, broken = await self._broken(comparison, place)
        machine = watch.stop()
        after = await self.counters.read(variant, metrics)
        seen = Seen(
            neighbour_cores=machine.neighbour_cores,
            stolen_cores=machine.stolen_cores,
            metrics={name: found for name in before if (found := rise(before[name], after[name]))},
        )
        if beside is not None:
            cores = len(self.cores.system or range(os.cpu_count() or 1))
            seen = replace(
                seen,
                metrics={**seen.metrics, **beside.sums},
                used=beside.used,
                cores=cores,
                capacities=beside.taken,
            )
        if not isinstance(result, JourneyResult):
            return block_of(place, result, seen, self._users.get((comparison.name, variant)))
        if comparison.audit is not None:
            found = await self._audited(comparison, comparison.audit, variant)
            result = result.less(found.disputed)
            shares = self._shares(comparison.audit, found.counts, place)
            metrics_seen = {**seen.metrics, **shares}
            seen = replace(
                seen,
                audits={comparison.audit: found.counts},
                metrics=metrics_seen,
                told=len(told(result.all_visits)),
            )
        if broken is not None:
            seen = replace(seen, faults=(injected(comparison.during or "", broken, result),))
        return block_of(place, result, seen, result.users, result.name)

    async def _broken(
        self, comparison: Comparison, place: Place
    ) -> tuple[LoadResult, Broken | None]:
        """The block's load, with its fault beside it where it has one."""
        load = (comparison, place.variant, place.seed, str(place.number))
        if comparison.during is None:
            return await self._load(*load), None
        fault = self.claims.file.faults[comparison.during]
        return await broken_beside(
            lambda begun: self._load(*load, begun=begun),
            harm_of(fault, self.system, place.variant),
            *(fault.after_s, fault.for_s),
        )

    def _links(self, comparison: Comparison) -> list[tuple[str, str]]:
        """Those that the comparison's fault troubles."""
        fault = self.claims.file.faults.get(comparison.during or "")
        return [(fault.process, fault.server)] if fault and fault.server else []

    def _shares(
        self, audit: str, counts: Mapping[str, Count], place: Place
    ) -> dict[str, tuple[float, float]]:
        """What this block has added to the shares that the audit counts."""
        same = [
            block.audits[audit]
            for block in self._blocks
            if (block.epoch, block.variant, block.comparison)
            == (place.epoch, place.variant, place.comparison)
            and audit in block.audits
        ]
        before = same[-1] if same else {}
        shares: dict[str, tuple[float, float]] = {}
        for name, metric in self.claims.file.metrics.items():
            count = counts.get(metric.count or "")
            if metric.audit != audit or count is None:
                continue
            last = before.get(metric.count or "", Count(0, 0))
            if count.of > last.of:
                shares[name] = float(count.found - last.found), float(count.of - last.of)
        return shares

    async def _audited(self, comparison: Comparison, audit: str, variant: str) -> Audited:
        self.observer.stage(f"{comparison.name}: auditing {variant}")
        found = await audited(
            *(self.claims.file.audits[audit], self.claims.folder.resolve(), self.system, variant),
            *(self._visits[comparison.name, variant], self.folder.logs / "audits.log"),
            self.system.check,
        )
        if found.unrested:
            self.folder.event("unrested", variant=variant, audit=audit, waiting=found.unrested)
            self.observer.note(f"{variant} did not come to rest: {found.unrested}")
        return found

    def _judge(self, ended: str = "") -> list[Judgement]:
        return judge_plan(
            *(self.plan, self._blocks, self._spoilt, self._seconds, ended),
            *(self.system.starts, self._predicted, self._doubled),
        )

    def _tell_standing(self, comparison: Comparison) -> None:
        names = {asked.name for asked in comparison.asked}
        for judgement in self._judge():
            verdict = judgement.verdict
            if verdict.name in names:
                self.observer.standing(
                    verdict.name,
                    verdict.pairs,
                    f.amount(verdict.estimate, verdict.unit),
                    f.interval(verdict.interval, verdict.unit),
                    f.needs(verdict.required_sign, verdict.required, verdict.unit),
                    verdict.seconds,
                )
