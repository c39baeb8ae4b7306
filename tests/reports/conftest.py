"""One run with a claim of every outcome, on synthetic blocks that a seed determines."""

import math
import os
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay._engine import Histogram
from assay.evidence import (
    Block,
    Count,
    Event,
    Hiccups,
    Injected,
    Machine,
    MachineDescription,
    Recorded,
    Run,
    RunRecord,
    Slice,
    Versions,
)
from assay.verdicts.types import Outcome, Verdict

GOLDEN = Path(__file__).parent / "golden"
STARTED = datetime(2026, 11, 23, 18, 15, tzinfo=UTC)
SLICE_S = 0.5


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Hold a text against its golden file; `ASSAY_RENEW_GOLDEN=1` writes the file instead."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("ASSAY_RENEW_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; ASSAY_RENEW_GOLDEN=1 writes it"
        assert text == path.read_text(encoding="utf-8")

    return check


def make_block(
    number: int,
    comparison: str,
    variant: str,
    requests: dict[str, tuple[int, float, float]],
    failed: int = 0,
    seconds: float = 3.0,
    per_epoch: int = 1,
) -> Block:
    """`requests`: name → (count, median in us, sigma of its logarithm)."""
    chance = random.Random(f"{comparison}/{number}")
    luck = chance.lognormvariate(0, 0.05)
    recorded: list[Recorded] = []
    times: list[tuple[float, int]] = []
    for name, (count, median_us, sigma) in requests.items():
        histogram = Histogram()
        for _ in range(count):
            us = round(luck * median_us * math.exp(sigma * chance.gauss(0, 1)))
            us *= 3 if chance.random() < 0.004 else 1
            histogram.record(us)
            times.append((chance.uniform(0, seconds), us))
        recorded.append(Recorded(name, "ok", "latency", histogram))
    if failed:
        histogram = Histogram.from_counts([(10_000_000, failed)])
        recorded.append(Recorded(next(iter(requests)), "timeout", "latency", histogram))
    total = len(times) + failed
    pair = (number + 1) // 2
    lag = Histogram.from_counts([(4, total - 12), (9, 10), (chance.randint(12, 40), 2)])
    return Block(
        id=f"{number:04d}-{variant}-{comparison.partition('.')[2]}",
        comparison=comparison,
        pair=pair,
        position=(number + 1) % 2,
        epoch=(pair - 1) // per_epoch + 1,
        variant=variant,
        workload=comparison.partition(".")[2],
        seed=pair,
        started_utc=(STARTED + timedelta(seconds=20 + number * 4.2)).isoformat(),
        seconds=seconds,
        scheduled=total,
        sent=total,
        completed=len(times),
        engine_cpu=round(chance.uniform(0.18, 0.31), 3),
        lag=lag,
        recorded=tuple(recorded),
        slices=tuple(_slices(times, seconds)),
        machine=Machine(
            neighbour_cores=round(chance.uniform(0.01, 0.09), 3),
            stolen_cores=0.0,
            hiccups=(Hiccups(0, 1, chance.randint(1_010, 2_400), realtime=True),),
        ),
    )


def _slices(times: Sequence[tuple[float, int]], seconds: float) -> list[Slice]:
    slices: list[Slice] = []
    for index in range(int(seconds / SLICE_S)):
        at = index * SLICE_S
        held = sorted(us for s, us in times if at <= s < at + SLICE_S)
        p99 = held[int(0.99 * len(held))]
        slices.append(Slice(at, len(held), 0, float(statistics.median(held)), float(p99)))
    return slices


def make_comparison(
    name: str,
    variants: tuple[str, str],
    pairs: int,
    loads: Sequence[dict[str, tuple[int, float, float]]],
    failed: tuple[int, int] = (0, 0),
    per_epoch: int = 1,
) -> list[Block]:
    blocks: list[Block] = []
    for pair in range(1, pairs + 1):
        order = [0, 1] if random.Random(pair).random() < 0.5 else [1, 0]
        for position, which in enumerate(order):
            number = 2 * pair - 1 + position
            late = failed[which] if pair % 5 == 0 else 0
            blocks.append(
                make_block(number, name, variants[which], loads[which], late, per_epoch=per_epoch)
            )
    return blocks


def make_broken() -> list[Block]:
    """A control, two blocks in which the broker was killed, and one in which the stores were."""

    def hit(fault: str, target: str, **met: Count) -> tuple[Injected, ...]:
        bit = "killed by SIGKILL"
        return (Injected(fault, "kill", target, 1.0, 2.5, bit, 31, undone_s=1.5, met=met),)

    held, lost = Count(0, 24), Count(1, 30, ("c-7",))
    faults = (
        (),
        hit("broker-killed", "bus", pay=held, confirm=Count(0, 2)),
        hit("stores-killed", "books", pay=lost, confirm=Count(0, 1)),
        hit("broker-killed", "bus", pay=held, confirm=Count(0, 3)),
    )
    name = "saga.steady during faults"
    return [
        replace(
            make_block(number, name, "saga", {"visit": (600, 300_000, 0.2)}, seconds=8.0),
            faults=fault,
            audits={"books": {"lost": Count(int(number > 2), 60, ("c-7",))}},
        )
        for number, fault in enumerate(faults, 1)
    ]


def pair_figures(blocks: Sequence[Block], of: Callable[[Block, Block], float]) -> list[float]:
    """`of(block of the first variant in the name, block of the second)`, pair by pair."""
    first = blocks[0].comparison.partition("~")[0]
    pairs: dict[int, dict[bool, Block]] = {}
    for block in blocks:
        pairs.setdefault(block.pair, {})[block.variant == first] = block
    return [of(pairs[pair][True], pairs[pair][False]) for pair in sorted(pairs)]


def interval_of(figures: Sequence[float]) -> tuple[float, float]:
    """Between two order statistics; open below seven pairs, as in the method."""
    count = len(figures)
    if count < 7:
        return -math.inf, math.inf
    ordered = sorted(figures)
    skipped = max(0, count // 2 - 1 - math.isqrt(count))
    return ordered[skipped], ordered[count - 1 - skipped]


def make_verdict(name: str, figures: Sequence[float], **fields: object) -> Verdict:
    plain = Verdict(
        name=name,
        says="",
        formula="",
        outcome=None,
        estimate=statistics.median(figures) if figures else None,
        interval=interval_of(figures) if figures else None,
        required=None,
        required_sign="",
        unit="x",
        pairs=len(figures),
        invalid_pairs=0,
        starts=len(figures),
        seconds=len(figures) * 8.4,
        reason="",
        alpha=0.05,
        mean=statistics.fmean(figures) if figures else None,
        ratios=tuple(figures),
        history=tuple(interval_of(figures[:n]) for n in range(1, len(figures) + 1)),
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def run() -> Run:
    machine = MachineDescription(
        cpu="Example 9000 at 2.60 GHz",
        cores=2,
        governor="not exposed",
        kernel="Linux 6.1.0",
        virtualisation="docker on KVM",
        memory_bytes=8 << 30,
        load_before=(0.18, 0.38, 0.5),
        clock_source="tsc",
    )
    record = RunRecord(
        id="20261123-181500-7f3a",
        command="assay prove shop/claims.yaml",
        started_utc=STARTED.isoformat(),
        finished_utc=(STARTED + timedelta(minutes=12, seconds=31)).isoformat(),
        seed=4_211_707_033,
        claims_path="shop/claims.yaml",
        claims_text="assay: 1\nsystem: stack.yaml\n# <the rest of the file> & more\n",
        stack_text="assay: 1\nprocesses: {}\n",
        versions=Versions("0.1.0", "0.1.0", "3.11.2"),
        git_commit="6b750349d1f0c2a7b8e3",
        git_dirty=True,
        machine=machine,
        budget_s=600.0,
        alpha=0.05,
    )
    call = "shop.lookup.v1.ProductLookup/Get"
    pages, lists = "/api/products/{product}", "/api/products?page_size=24"
    blocks = [
        *make_comparison(
            "before~after.lookup",
            ("before", "after"),
            12,
            [{call: (2_000, 780, 0.38)}, {call: (2_000, 165, 0.24)}],
            failed=(1, 0),
        ),
        *make_comparison(
            "blocking~saga.checkout",
            ("blocking", "saga"),
            17,
            [{"buy": (300, 52_000, 0.3)}, {"buy": (363, 41_000, 0.35)}],
            per_epoch=3,
        ),
        *make_comparison(
            "before~after.browse",
            ("before", "after"),
            20,
            [
                {pages: (320, 4_100, 0.5), lists: (80, 9_500, 0.45)},
                {pages: (320, 1_050, 0.9), lists: (80, 7_900, 0.6)},
            ],
            failed=(0, 2),
            per_epoch=4,
        ),
    ]
    blocks += make_broken()
    events = (
        Event(STARTED.isoformat(), "starting", {"process": "postgres", "variant": None}),
        Event(
            (STARTED + timedelta(seconds=2.4)).isoformat(),
            "ready",
            {"process": "postgres", "variant": None, "seconds": 2.4},
        ),
        Event(
            (STARTED + timedelta(seconds=402)).isoformat(),
            "died",
            {"process": "lookup", "variant": "before", "detail": "<signal 9>"},
        ),
    )
    return Run(record, tuple(blocks), events)


def of_comparison(run: Run, name: str) -> list[Block]:
    return [block for block in run.blocks if block.comparison == name]


@pytest.fixture(scope="session")
def verdicts(run: Run) -> list[Verdict]:
    lookup = of_comparison(run, "before~after.lookup")
    tail = pair_figures(lookup, lambda a, b: a.quantile_us(0.99) / b.quantile_us(0.99))
    middle = pair_figures(lookup, lambda a, b: a.quantile_us(0.5) / b.quantile_us(0.5))
    checkout = of_comparison(run, "blocking~saga.checkout")
    done = pair_figures(checkout, lambda a, b: b.completed / a.completed * b.seconds / a.seconds)
    done = [figure * random.Random(i).uniform(0.96, 1.04) for i, figure in enumerate(done)]
    browse = of_comparison(run, "before~after.browse")
    pages = pair_figures(browse, lambda a, b: b.quantile_us(0.5) / a.quantile_us(0.5))
    return [
        make_verdict(
            "lookup-p99",
            tail,
            says="The Rust lookup is 3.1x faster at p99.",
            formula="before.lookup.p99 / after.lookup.p99 >= 3.1",
            outcome=Outcome.PROVED,
            required=3.1,
            required_sign=">=",
            pooled=6.6,
        ),
        make_verdict(
            "checkout-throughput",
            done,
            says="The saga completes 45% more checkouts.",
            formula="saga.checkout.throughput / blocking.checkout.throughput >= 1.45",
            outcome=Outcome.REFUTED,
            required=1.45,
            required_sign=">=",
            starts=6,
            flags=("A neighbour used up to 0.4 cores while pair 9 ran.",),
        ),
        make_verdict(
            "browse-p50",
            pages,
            says="Caching cuts product-read's median by 70%.",
            formula="after.browse.p50 / before.browse.p50 <= 0.30",
            outcome=Outcome.UNDECIDED,
            required=0.3,
            required_sign="<=",
            unit="",
            starts=5,
            invalid_pairs=1,
            reason="budget ended; about 55 pairs would probably do",
            seconds=600.0,
        ),
        make_verdict(
            "lookup-mean",
            [],
            says="The mean is at most a quarter of a millisecond.",
            formula="after.lookup.mean <= 0.25ms",
            outcome=Outcome.INVALID,
            required=0.25,
            required_sign="<=",
            unit="ms",
            invalid_pairs=9,
            reason="after in pair 3: the engine's busiest thread worked 84% of a core, over 70%",
            flags=("9 of 9 pairs were invalid.",),
        ),
        make_verdict(
            "lookup-p50",
            middle,
            says="The same pair at the median.",
            formula="before.lookup.p50 / after.lookup.p50",
        ),
        make_verdict(
            "cold-start",
            [],
            says="Never measured: the budget went to the claims.",
            formula="before.cold.p50 / after.cold.p50",
        ),
    ]
