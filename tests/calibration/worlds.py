"""Simulated worlds: log-ratios of block quantiles, as noise of many kinds makes them.

All on the log scale. A block's quantile is that of its own 2,000 requests (drawn exactly, as an
order statistic), moved by what the machine and the processes did meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

REQUESTS = 2000
Q = 0.99
Array = np.ndarray


@lru_cache(maxsize=4)
def _quantile_function(sigma: float, heavy: float) -> tuple[Array, Array]:
    """Of log latency: a lognormal body, and a share `heavy` of requests with a Pareto tail."""
    chance = np.random.default_rng(20)
    size = 2_000_000
    times = sigma * chance.standard_normal(size)
    tail = chance.random(size) < heavy
    times[tail] += chance.exponential(1 / 1.5, int(tail.sum()))
    at = np.linspace(0.94, 0.9999, 6000)
    return at, np.quantile(times, at)


def block_quantiles(
    chance: np.random.Generator, shape: tuple[int, ...], sigma: float = 0.4, heavy: float = 0.01
) -> Array:
    """log p99 of blocks of 2,000 independent requests: their 1,980th order statistic."""
    rank = math.ceil(Q * REQUESTS)
    at, values = _quantile_function(sigma, heavy)
    return np.interp(chance.beta(rank, REQUESTS - rank + 1, shape), at, values)


def drift(chance: np.random.Generator, runs: int, blocks: int, sd: float, rho: float) -> Array:
    """A machine that slows down and recovers, block by block: AR(1)."""
    steps = chance.standard_normal((runs, blocks)) * sd * math.sqrt(1 - rho**2)
    steps[:, 0] = chance.standard_normal(runs) * sd
    for i in range(1, blocks):
        steps[:, i] += rho * steps[:, i - 1]
    return steps


def stalls(chance: np.random.Generator, shape: tuple[int, ...], share: float = 0.04) -> Array:
    """Now and then a block that is up to 3 times as slow."""
    return np.where(chance.random(shape) < share, chance.uniform(0, math.log(3), shape), 0.0)


def in_pairs(chance: np.random.Generator, by_block: Array) -> Array:
    """What happened to the first variant minus the second, where a fair coin orders each pair."""
    first, second = by_block[:, 0::2], by_block[:, 1::2]
    return np.where(chance.random(first.shape) < 0.5, first - second, second - first)


@dataclass(frozen=True)
class World:
    """One kind of noise; `differences(chance, runs, units)` has a row a run and a column a unit."""

    name: str
    differences: Callable[[np.random.Generator, int, int], Array]
    symmetric: bool = True
    """The two variants are alike but for what is claimed, so that the median is 0 by exchange."""
    guarded: bool = True
    """False for what the method cannot guard against, shown beside what does."""
    tight: bool = True
    """Whether 5% is far beyond its noise, so that 0.1% of wrong proofs is a goal."""

    def centre(self) -> float:
        """The true median difference, which the claim is measured from."""
        if self.symmetric:
            return 0.0
        chance = np.random.default_rng(99)
        return float(np.median(self.differences(chance, 40_000, 60)))


def _quiet(chance: np.random.Generator, runs: int, units: int) -> Array:
    blocks = block_quantiles(chance, (runs, 2 * units))
    return in_pairs(chance, blocks + 0.02 * chance.standard_normal(blocks.shape))


def _machine(chance: np.random.Generator, runs: int, units: int) -> Array:
    """Drift, white noise and stalls of a machine that others use too."""
    blocks = 2 * units
    noise = drift(chance, runs, blocks, sd=0.15, rho=0.9)
    noise += 0.04 * chance.standard_normal(noise.shape) + stalls(chance, noise.shape)
    return in_pairs(chance, noise)


def _shared(chance: np.random.Generator, runs: int, units: int) -> Array:
    above, below = (block_quantiles(chance, (runs, units)) for _ in range(2))
    return _machine(chance, runs, units) + above - below


def _heavy_noise(chance: np.random.Generator, runs: int, units: int) -> Array:
    """Blocks moved by Student's t with 1.5 degrees of freedom: no variance to speak of."""
    blocks = block_quantiles(chance, (runs, 2 * units))
    return in_pairs(chance, blocks + 0.04 * chance.standard_t(1.5, blocks.shape))


def _unequal(chance: np.random.Generator, runs: int, units: int) -> Array:
    above = block_quantiles(chance, (runs, units), sigma=0.3, heavy=0.0)
    below = block_quantiles(chance, (runs, units), sigma=0.5, heavy=0.03)
    return _machine(chance, runs, units) + above - below


def _pauses(chance: np.random.Generator, runs: int, units: int) -> Array:
    """A collector of garbage: 30% of the blocks of one variant take 3 times as long."""
    paused = math.log(3) * (chance.random((runs, units)) < 0.3)
    return _shared(chance, runs, units) + paused


def _luck(starts: int, per_start: int) -> Callable[[np.random.Generator, int, int], Array]:
    """Each start of a process has 5% of luck of its own; a unit is the median of its pairs."""

    def differences(chance: np.random.Generator, runs: int, units: int) -> Array:
        pairs = units * per_start
        noise = _shared(chance, runs, pairs)
        fresh = min(starts, units)
        luck = 0.05 * math.sqrt(2) * chance.standard_normal((runs, fresh))
        noise += np.repeat(luck, pairs // fresh, axis=1)
        return np.median(noise.reshape(runs, units, per_start), axis=2)

    return differences


SHARED = World("shared machine: drift, stalls", _shared)
WORLDS = (
    World("quiet machine", _quiet),
    SHARED,
    World("noise without a variance", _heavy_noise),
    World("unequal shapes", _unequal, symmetric=False),
    World("pauses: 30% of one's blocks at 3x", _pauses, symmetric=False, tight=False),
    World("luck of each start, 1 pair a start", _luck(60, 1)),
    World("luck of each start, 4 pairs a start", _luck(60, 4)),
    World("luck of ONE start (not guarded)", _luck(1, 1), guarded=False),
)
