from collections.abc import Callable

import pytest

from assay._engine import Histogram
from assay.evidence import (
    Block,
    Hiccups,
    Machine,
    MachineDescription,
    Recorded,
    RunRecord,
    Slice,
    Versions,
)


@pytest.fixture
def record() -> RunRecord:
    return RunRecord(
        id="20261123-181500-7f3a",
        command="assay prove shop/claims.yaml --seed 7",
        started_utc="2026-11-23T18:15:00.000+00:00",
        finished_utc=None,
        seed=7,
        claims_path="shop/claims.yaml",
        claims_text="assay: 1\nclaims: {}  # ünïcode\n",
        stack_text=None,
        versions=Versions("0.1.0", "0.1.0", "3.11.2"),
        git_commit="6b75034",
        git_dirty=True,
        machine=MachineDescription(
            "a processor", 2, "not exposed", "Linux 6.1", "none", 8 << 30, (0.1, 0.2, 0.3), "tsc"
        ),
        budget_s=600.0,
        alpha=0.05,
    )


@pytest.fixture
def make_block() -> Callable[..., Block]:
    def make(number: int = 1, request: str = "lookup, by id") -> Block:
        ok = Histogram.from_counts([(300, 1990), (1_050, 8), (60_000_000, 1)])
        return Block(
            id=f"{number:04d}-before-lookup",
            comparison="before~after.lookup",
            pair=(number + 1) // 2,
            position=(number + 1) % 2,
            epoch=1,
            variant="before",
            workload="lookup",
            seed=2**62 + 1,
            started_utc="2026-11-23T18:15:10.123+00:00",
            seconds=3.0000001,
            scheduled=3_000,
            sent=3_000,
            completed=2_999,
            engine_cpu=0.1 + 0.2,
            lag=Histogram.from_counts([(7, 2_900), (31, 100)]),
            recorded=(
                Recorded(request, "ok", "latency", ok),
                Recorded(request, "ok", "service", Histogram.from_counts([(250, 1_999)])),
                Recorded(request, "timeout", "latency", Histogram.from_counts([(10_000_000, 1)])),
                Recorded("never asked", "ok", "latency", Histogram()),
            ),
            slices=(Slice(0.0, 250, 0, 301.5, 988.25), Slice(0.25, 0, 0, 0.0, 0.0)),
            machine=Machine(0.25, 0.01, (Hiccups(0, 3, 1_400, True), Hiccups(1, 0, 0, False))),
            restarted=("postgres",),
        )

    return make
