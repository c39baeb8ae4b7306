"""Every random choice of a run, derived from its one seed and written into each block."""

from __future__ import annotations

import hashlib
import secrets


def fresh_seed() -> int:
    """For a run that was given none."""
    return secrets.randbits(32)


def pair_seed(run_seed: int, comparison: str, pair: int) -> int:
    """Seed of the request sequence that both blocks of a pair replay."""
    return _derive(run_seed, comparison, pair, "requests")


def warm_up_seed(run_seed: int, comparison: str, epoch: int) -> int:
    """Seed of the requests that warm an epoch; both variants are warmed with the same."""
    return _derive(run_seed, comparison, epoch, "warm-up")


def priming_seed(run_seed: int, comparison: str, epoch: int, window: int) -> int:
    """Seed of one stretch of the load by users that comes before the warm-up."""
    return _derive(run_seed, comparison, epoch, window, "priming")


def order(run_seed: int, comparison: str, pair: int, blocks: int) -> list[int]:
    """In which order the blocks of a pair run: each as likely as any other."""

    def place(block: int) -> int:
        return _derive(run_seed, comparison, pair, block, "order")

    return sorted(range(blocks), key=place)


def _derive(*parts: object) -> int:
    """63 bits that depend on every part and on nothing else (no per-process hash seed)."""
    text = "\x1f".join(map(str, parts))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
