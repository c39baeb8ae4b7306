"""Warnings beside a verdict, and silence where there is nothing to warn of."""

import random
from dataclasses import replace

import pytest

from assay.evidence import Hiccups, Machine
from assay.verdicts import judge_family
from assay.verdicts.flags import spearman


def flags(case):
    (only,) = judge_family([replace(case, judged=False)])
    return only.verdict.flags


@pytest.fixture
def plain(pairs):
    chance = random.Random(3)
    return pairs([3.3 * chance.lognormvariate(0, 0.05) for _ in range(20)])


def test_nothing_to_warn_of(case, plain):
    assert flags(case(plain)) == ()


def test_a_ratio_that_rises(case, pairs):
    chance = random.Random(3)
    rising = pairs([3.0 + 0.1 * i + chance.gauss(0, 0.1) for i in range(20)])
    assert any(
        flag.startswith("the ratio rose while it was measured") for flag in flags(case(rising))
    )


def test_an_order_that_matters(case, block):
    blocks = [
        block(variant, pair, round(us * (1.3 if (pair % 2 == 1) is (variant == "before") else 1)))
        for pair in range(1, 21)
        for variant, us in (("before", 3300), ("after", 1000))
    ]
    assert any(
        "the block that ran first was the slower one in 20 of 20" in f for f in flags(case(blocks))
    )


def test_delayed_acknowledgements(case, block, plain):
    slow = [(900, 980), (40_200, 20)]
    blocks = [block("after", b.pair, times=slow) if b.variant == "after" else b for b in plain]
    assert any(
        "after answered 2% of its requests after about 40 ms" in f for f in flags(case(blocks))
    )


def test_a_service_that_takes_40_ms_by_itself_is_not_accused(case, pairs):
    assert not any("40 ms" in flag for flag in flags(case(pairs([3.3] * 20, below_us=41_000))))


def test_blocks_in_two_groups(case, pairs):
    halves = pairs([3.0, 3.02, 6.0, 6.1, 3.01, 6.05] * 3)
    assert any("the blocks of before fall into two groups" in flag for flag in flags(case(halves)))


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine(0.5, 0.0), "a neighbour took over 0.2 cores in 10 of 40 blocks"),
        (Machine(0.0, 0.2), "the hypervisor took over 0.05 cores in 10 of 40 blocks"),
        (
            Machine(0.0, 0.0, (Hiccups(0, 3, 20_000, realtime=True),)),
            "a core stood still for longer than the measured quantile in 10 of 40 blocks",
        ),
        (Machine(0.0, 0.0, (Hiccups(0, 3, 20_000, realtime=False),)), ""),
    ],
)
def test_a_machine_that_was_disturbed(case, plain, machine, words):
    blocks = [replace(b, machine=machine) if b.pair <= 5 else b for b in plain]
    assert flags(case(blocks)) == ((words,) if words else ())
    fewer = [replace(b, machine=machine) if b.pair <= 3 else b for b in plain]
    assert flags(case(fewer)) == ()


@pytest.mark.parametrize(
    ("values", "rho", "chance"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], 1.0, 0.0),
        ([8, 7, 6, 5, 4, 3, 2, 1], -1.0, 0.0),
        ([5, 5, 5, 5], 0.0, 1.0),
        # 1 - 6 * 36 / 990, and two tails of the t distribution with 8 degrees of freedom at 3.546.
        ([2, 1, 4, 3, 7, 10, 5, 6, 9, 8], 0.7818, 0.00755),
    ],
)
def test_rank_correlation(values, rho, chance):
    found, by_chance = spearman(values)
    assert found == pytest.approx(rho, abs=0.0001)
    assert by_chance == pytest.approx(chance, abs=0.00005)


def test_rank_correlation_rarely_cries_wolf():
    chance = random.Random(11)
    alarms = sum(spearman([chance.random() for _ in range(12)])[1] < 0.05 for _ in range(4000))
    assert alarms / 4000 == pytest.approx(0.05, abs=0.012)
