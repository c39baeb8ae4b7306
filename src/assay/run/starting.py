"""A start of a comparison: its variants started afresh, and loaded until they are steady."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.claims import ClaimsDocument, Saturation
from assay.evidence import RunFolder
from assay.load.generator import WarmUp, warm_up
from assay.load.journeys import JourneyResult
from assay.reports import formatting as f
from assay.run import seeds
from assay.run.blocks import done_per_s
from assay.run.counters import Counters
from assay.run.found import Found
from assay.run.harming import links_of
from assay.run.loading import Loading
from assay.run.observer import Observer
from assay.run.plan import Comparison
from assay.run.priming import Priming, prime
from assay.run.saturating import search
from assay.systems import System
from assay.verdicts import Window, level, rising, steady_at

WARM_BLOCKS = 8
"""Of a journey: in the last the load is to be level, and a throughput is to rise no more."""


@dataclass(frozen=True)
class Starting:
    """Starts each comparison as often as it is asked to; what it finds goes into `found`."""

    seed: int
    claims: ClaimsDocument
    system: System
    loading: Loading
    counters: Counters
    folder: RunFolder
    observer: Observer
    found: Found

    async def start(self, comparison: Comparison, epoch: int) -> str:
        """What did not come to a steady state, in words; empty where all is ready."""
        what = " and ".join(comparison.variants)
        if self.system.starts:
            self.observer.stage(f"{comparison.name}: starting {what} afresh ({epoch})")
            await self.system.restart(
                comparison.variants, comparison.uses, links_of(comparison, self.claims)
            )
        for variant in comparison.variants:
            if epoch == 1:
                self._predict(comparison, variant)
            self.loading.forget(comparison, variant)
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
                self.found.thrown_away[comparison.name] += 1
                return f"{variant} had not settled after {warm.seconds:.0f} s of load"
            if comparison.saturation is not None:
                await self._saturate(comparison, variant, epoch, comparison.saturation)
        return ""

    def _predict(self, comparison: Comparison, variant: str) -> None:
        for metric, share in self.loading.workloads.predicted(comparison, variant).items():
            self.found.predicted[comparison.name, variant, metric] = share
            self.folder.event(
                "predicted",
                comparison=comparison.name,
                variant=variant,
                metric=metric,
                share=share,
            )

    async def _warm(self, comparison: Comparison, variant: str, epoch: int) -> WarmUp:
        seed = seeds.warm_up_seed(self.seed, comparison.name, epoch)
        if not comparison.journey:
            users = self.loading.users.get((comparison.name, variant))
            spec = self.loading.workloads.spec(comparison, variant, comparison.block_s, seed, users)
            feeds = self.loading.workloads.feeds(comparison, variant)
            return await warm_up(spec, feeds, steady_at, self.system.check)
        spent_s = 0.0
        done: list[float] = []
        for number in range(1, WARM_BLOCKS + 1):
            found = await self.loading.load(comparison, variant, seed, f"warm-{epoch}-{number}")
            spent_s += found.seconds
            done.append(found.completed / found.seconds)
            # What a compiler does meanwhile is taken from the throughput.
            rises = comparison.measures_throughput and rising(done)
            if level(found.slices) and not rises:
                return WarmUp(spent_s - found.seconds, spent_s)
        return WarmUp(None, spent_s)

    async def _saturate(
        self, comparison: Comparison, variant: str, epoch: int, between: Saturation
    ) -> None:
        """Find how many users it takes; later, look whether twice as many still add nothing."""
        seed = seeds.warm_up_seed(self.seed, comparison.name, epoch)
        side = comparison.name, variant

        async def measure(users: int, before: Sequence[tuple[int, float]] = ()) -> float:
            told = [f"{n} users: {f.rate(per_s)}" for n, per_s in before]
            what = f"{comparison.name}: saturating {variant}, {users} users"
            self.observer.stage("; ".join((what, *told)))
            block = f"saturating-{epoch}-{users}"
            found = await self.loading.load(comparison, variant, seed, block, users)
            whole = found.name if isinstance(found, JourneyResult) else None
            # More users than it takes without failing them are too many.
            return done_per_s(found, whole, comparison.error_limit)

        if side not in self.loading.users:
            found = await search(between, measure)
            self.folder.event(
                "saturated",
                comparison=comparison.name,
                variant=variant,
                users=found.users,
                steps=found.steps,
            )
            if found.users is None:
                self.found.spoilt[comparison.name] = found.reason(variant)
                return
            self.loading.users[side] = found.users
            users, per_s = 2 * found.users, found.doubled_per_s
        else:
            users = 2 * self.loading.users[side]
            per_s = await measure(users)
        self.found.doubled.add(side, epoch, per_s)
        self.folder.event(
            "doubled",
            comparison=comparison.name,
            variant=variant,
            epoch=epoch,
            users=users,
            per_s=per_s,
        )

    async def _prime(self, comparison: Comparison, variant: str, epoch: int) -> None:
        """Load by users first, where the file asks for it, and then what they left unsettled."""
        for priming in self.loading.workloads.priming(comparison, variant):
            if comparison.name not in self.found.spoilt:
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
                for (name, of, metric), share in self.found.predicted.items()
                if (name, of) == (comparison.name, variant) and metric in priming.metrics
            },
            lambda number: seeds.priming_seed(self.seed, comparison.name, epoch, number),
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
            self.found.spoilt[comparison.name] = (
                f"no steady state: {asked} of {variant} had not settled"
                f" after {found.seconds:.0f} s of load by {priming.by}"
            )
