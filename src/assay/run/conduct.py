"""Conducts a run: systems up, epochs and pairs in turn, until every claim can be judged.

All that it learns goes into the run folder as it happens, so that a run that is cut off leaves
evidence that can be read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from assay.claims import ClaimsDocument
from assay.evidence import Block, Count, RunFolder
from assay.faults import Broken, broken_beside
from assay.load.cores import Cores
from assay.load.journeys import JourneyResult, told
from assay.reports import formatting as f
from assay.run import seeds
from assay.run.auditing import Audited, audited
from assay.run.blocks import LoadResult, Place, block_of, injected
from assay.run.counters import Counters
from assay.run.found import Found
from assay.run.harming import strokes_of
from assay.run.judging import judge_plan
from assay.run.loading import Loading
from assay.run.observer import Observer
from assay.run.plan import Comparison, Plan
from assay.run.starting import Starting
from assay.run.watching import Watching
from assay.run.workloads import Workloads
from assay.systems import System
from assay.verdicts import Judgement, Verdict

MOST_RESTLESS = 2
"""Starts in a row that do not settle: one is thrown away, two are how the system is."""


@dataclass
class Conductor:
    """One run over one plan. `run` may be cancelled at any moment; the caller stops the system."""

    plan: Plan
    claims: ClaimsDocument
    system: System
    workloads: Workloads
    counters: Counters
    folder: RunFolder
    observer: Observer
    cores: Cores
    clock: Callable[[], float] = time.monotonic
    _found: Found = field(default_factory=Found)
    _loading: Loading = field(init=False)
    _starting: Starting = field(init=False)

    def __post_init__(self) -> None:
        self._loading = Loading(self.workloads, self.system, self.folder)
        self._starting = Starting(
            *(self.plan.seed, self.claims, self.system, self._loading, self.counters),
            *(self.folder, self.observer, self._found),
        )

    async def run(self) -> list[Verdict]:
        """Measure each comparison in turn and return the verdicts, in the order of the file."""
        deadline = self.clock() + self.plan.budget_s
        for index, comparison in enumerate(self.plan.comparisons):
            # A claim near its requirement must not starve those after it; information waits.
            rest = self.plan.comparisons[index:]
            claimed = [each for each in rest if any(asked.judged for asked in each.asked)]
            share = comparison.weight / sum(each.weight for each in claimed or rest)
            left_s = deadline - self.clock()
            await self._compare(comparison, self.clock() + share * left_s)
            # What goes on in it, though nobody asks it anything, would disturb the next.
            await self.system.stop(comparison.variants)
        return self._conclude("budget ended")

    def cut_short(self, reason: str) -> list[Verdict]:
        """The verdicts where the run could not go on: INVALID for whatever was not decided."""
        for comparison in self.plan.comparisons:
            asked = {each.name for each in comparison.asked}
            judged = [j for j in self._judge() if j.verdict.name in asked]
            if not all(j.settled for j in judged):
                self._found.spoilt.setdefault(comparison.name, reason)
        return self._conclude("budget ended")

    def _conclude(self, ended: str) -> list[Verdict]:
        for comparison in self.plan.comparisons:
            self.folder.event(
                "measured",
                comparison=comparison.name,
                seconds=self._found.seconds.get(comparison.name, 0.0),
                spoilt=self._found.spoilt.get(comparison.name, ""),
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
            found = await self._starting.start(comparison, epoch)
            self._found.seconds[comparison.name] = self.clock() - begun
            restless = restless + 1 if found else 0
            if restless == MOST_RESTLESS:
                self._found.spoilt[comparison.name] = f"no steady state: {found}, twice in a row"
            if comparison.name in self._found.spoilt:
                break
            if found:
                continue
            for _ in range(comparison.pairs_per_epoch):
                pair += 1
                await self._pair(comparison, pair, epoch)
                self._found.seconds[comparison.name] = self.clock() - begun
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

    def _open_faults(self, comparison: Comparison, pair: int) -> set[str]:
        """Those of which something is not settled yet, or still to be shown in this pair."""
        if not comparison.faults:
            return set()
        settled = {j.verdict.name for j in self._judge() if j.settled}
        return {
            asked.during
            for asked in comparison.asked
            if asked.during is not None
            and (asked.name not in settled if asked.judged else pair <= asked.pairs)
        }

    async def _pair(self, comparison: Comparison, pair: int, epoch: int) -> None:
        seed = seeds.pair_seed(self.plan.seed, comparison.name, pair)
        blocks = comparison.blocks(self._open_faults(comparison, pair))
        order = seeds.order(self.plan.seed, comparison.name, pair, len(blocks))
        for position, (variant, fault) in enumerate(blocks[of] for of in order):
            place = Place(
                number=len(self._found.blocks) + 1,
                comparison=comparison.name,
                pair=pair,
                position=position,
                epoch=epoch,
                variant=variant,
                workload=comparison.workload,
                seed=seed,
                fault=fault,
            )
            block = await self._block(comparison, place)
            self._found.blocks.append(block)
            self.folder.append(block)

    async def _block(self, comparison: Comparison, place: Place) -> Block:
        variant = place.variant
        what = f"{comparison.name}: pair {place.pair}, {variant}"
        if comparison.faults:
            what += f", {place.fault or 'nothing broken'}"
        lead_in_s = self.workloads.lead_in_s(comparison)
        self.observer.measuring(what, lead_in_s + comparison.block_s)

        cores = self.cores.system or frozenset(range(os.cpu_count() or 1))
        watching = Watching(
            *(self.claims.file, self.system, self.counters, cores),
            *(comparison, variant, place.fault, lead_in_s),
        )
        async with watching:
            result, broken = await self._broken(comparison, place)
        seen = watching.seen(result.started_unix_ns)
        if not isinstance(result, JourneyResult):
            return block_of(
                place, result, seen, self._loading.users.get((comparison.name, variant))
            )
        met: dict[str, Count] = {}
        if comparison.audit is not None:
            found = await self._audited(comparison, comparison.audit, variant, broken)
            met = found.met
            result = result.less(found.disputed)
            shares = self._shares(comparison.audit, found.counts, place)
            metrics_seen = {**seen.metrics, **shares}
            seen = replace(
                seen,
                audits={comparison.audit: found.counts},
                metrics=metrics_seen,
                told=len(told(result.all_visits)),
            )
        if place.fault is not None:
            hits = injected(place.fault, broken, result, met, watching.alarmed_since)
            seen = replace(seen, faults=tuple(hits))
        return block_of(place, result, seen, result.users, result.name)

    async def _broken(
        self, comparison: Comparison, place: Place
    ) -> tuple[LoadResult, list[Broken]]:
        """The block's load, with its fault beside it where it has one."""
        load = (comparison, place.variant, place.seed, str(place.number))
        if place.fault is None:
            return await self._loading.load(*load), []
        strokes = strokes_of(
            *(self.claims.file, place.fault, self.system, place.variant),
            *(comparison.block_s, place.seed, partial(self.counters.comes, place.variant)),
        )
        return await broken_beside(lambda begun: self._loading.load(*load, begun=begun), strokes)

    def _shares(
        self, audit: str, counts: Mapping[str, Count], place: Place
    ) -> dict[str, tuple[float, float]]:
        """What this block has added to the shares that the audit counts."""
        same = [
            block.audits[audit]
            for block in self._found.blocks
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

    async def _audited(
        self, comparison: Comparison, audit: str, variant: str, broken: Sequence[Broken]
    ) -> Audited:
        self.observer.stage(f"{comparison.name}: auditing {variant}")
        found = await audited(
            *(self.claims.file.audits[audit], self.claims.folder.resolve(), self.system, variant),
            *(self._loading.told[comparison.name, variant], broken),
            *(self.folder.logs / "audits.log", self.system.check),
        )
        if found.unrested:
            self.folder.event("unrested", variant=variant, audit=audit, waiting=found.unrested)
            self.observer.note(f"{variant} did not come to rest: {found.unrested}")
        return found

    def _judge(self, ended: str = "") -> list[Judgement]:
        return judge_plan(self.plan, self._found, ended, self.system.starts)

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
