"""The load engine's face: a Rust extension, one call a block, no Python per request."""

from collections.abc import Sequence
from typing import Literal, final

__version__: str

@final
class Histogram:
    """HDR histogram of times in microseconds: 1 us to 60 s, 3 significant digits.

    Larger values are recorded as 60 s. Quantiles give the highest value of the bucket they fall in
    (the HDR convention), so that a merge of histograms loses nothing.
    """

    def __init__(self) -> None: ...
    @staticmethod
    def from_counts(counts: Sequence[tuple[int, int]]) -> Histogram:
        """From (value_us, count) pairs, e.g. those that `counts` gave."""
    @staticmethod
    def from_bytes(encoded: bytes) -> Histogram:
        """From the HDR V2 format, deflated or not. Raises ValueError where it is neither."""
    def to_bytes(self) -> bytes:
        """HDR V2, deflated: readable by every HdrHistogram library."""
    def record(self, value_us: int, count: int = 1) -> None: ...
    def merge(self, other: Histogram) -> None:
        """Add the other's counts to this one."""
    def quantile(self, q: float) -> int:
        """Value (us) at quantile q, 0 <= q <= 1; 0 for an empty histogram."""
    def value_at_rank(self, rank: int) -> int:
        """Value (us) of the rank-th smallest, counted from 1. ValueError beyond 1 … count."""
    def share_within(self, limit_us: int) -> float:
        """Share of the recorded values that are at most `limit_us`, 0 … 1; 0 when empty."""
    def counts(self) -> list[tuple[int, int]]:
        """(highest value of the bucket in us, count) of each bucket that is not empty, rising."""
    @property
    def count(self) -> int: ...
    @property
    def min(self) -> int: ...
    @property
    def max(self) -> int: ...
    @property
    def mean(self) -> float: ...

@final
class Link:
    """A TCP proxy on loopback before a server, which can be troubled; see `engine/src/link`."""

    def __init__(self, server_port: int) -> None:
        """Open, without trouble. OSError where no port can be had."""
    @property
    def port(self) -> int:
        """For clients."""
    def trouble(
        self,
        kind: Literal["slow", "blackhole", "lose_replies", "reset", "refuse"],
        delay_us: int = 0,
        jitter_us: int = 0,
        bytes_per_s: int = 0,
    ) -> None:
        """From now on, in place of other trouble. ValueError for another kind."""
    def heal(self) -> None: ...
    def counts(self) -> dict[str, int]:
        """Since it was opened: `connections` let in; pieces that were `slowed`, `held` back or
        `lost`; connections that were `cut`."""
    def close(self) -> None:
        """Ends its connections; at any time, also twice."""

@final
class Calls:
    """A proxy on loopback that tells the calls of HTTP/1.1 and HTTP/2 (gRPC) apart; see
    `engine/src/calls`."""

    def __init__(self, server_port: int) -> None:
        """Open, without trouble. OSError where no port can be had."""
    @property
    def port(self) -> int:
        """For clients."""
    def trouble(
        self,
        kind: Literal["fail", "slow", "lose_replies"],
        method: str | None = None,
        path: str | None = None,
        next: int | None = None,
        delay_us: int = 0,
        jitter_us: int = 0,
    ) -> None:
        """Of the next calls, from now on, in place of other trouble. ValueError for another kind,
        or what is no method."""
    def heal(self) -> None: ...
    def counts(self) -> dict[str, int]:
        """Of calls since it was opened: `failed`, `slowed`, `lost`."""
    def close(self) -> None:
        """Ends its connections; at any time, also twice."""

@final
class Feed:
    """A column of values that requests draw from; built once, used by many blocks."""

    def __init__(
        self,
        values: Sequence[str],
        draw: Literal["uniform", "zipf", "sequential"] = "uniform",
        s: float = 0.99,
    ) -> None:
        """`zipf` draws the i-th value (from 1) with probability proportional to i**-s.

        ValueError for no values, an unknown draw or s <= 0.
        """
    def __len__(self) -> int: ...

@final
class Slice:
    at_s: float
    completed: int
    failed: int
    median_us: float
    p99_us: float

@final
class Progress:
    """Counted so far, lead-in left out."""

    elapsed_s: float
    scheduled: int
    sent: int
    completed: int
    failed: int

@final
class Hiccups:
    core: int
    count: int
    longest_us: int
    realtime: bool

@final
class Result:
    started_unix_ns: int
    seconds: float
    scheduled: int
    sent: int
    completed: int
    engine_cpu: float
    max_in_flight: int
    lag: Histogram
    recorded: list[tuple[str, str, Literal["latency", "service"], Histogram]]
    """(request, outcome, clock, times)"""
    slices: list[Slice]
    hiccups: list[Hiccups]
    cancelled: bool
    first_errors: list[tuple[str, str]]
    """Up to 10 (outcome, what was seen) with the words of the error, for the user."""

@final
class Running:
    """A block under way in threads of its own. Every wait releases the GIL."""

    def progress(self) -> Progress: ...
    def slices(self) -> list[Slice]:
        """The slices that are complete so far."""
    def cancel(self) -> None:
        """End the block within 100 ms; `wait` then gives what was measured until here."""
    def wait(self, timeout_s: float | None = None) -> Result | None:
        """The result, or None where `timeout_s` passed first. Raises EngineError."""

class EngineError(Exception):
    """The block could not be run at all: no connection, an unusable TLS root, a bad template."""

def start(spec: str, feeds: dict[str, Feed]) -> Running:
    """Start the block that the JSON document `spec` describes (`assay.load.spec` writes it).

    ValueError where the document is wrong, with the field's name. Connections are opened before
    the schedule begins.
    """
