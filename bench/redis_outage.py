"""Redis is killed under load and comes back: second by second what a shopper saw of it.

The catalogue must go on answering from its store: one answer of 5xx, and the command fails.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from assay import _engine
from assay.load.feeds import feed_of
from assay.load.spec import (
    BlockSpec,
    ClosedLoop,
    Expect,
    HttpCall,
    OpenLoop,
    Request,
    Target,
)
from bench import peers
from bench.stack import Running, running
from bench.warming import warm

RATE_PER_S = 300
SECONDS = 30
KILL_S, RESTART_S = 8, 16
WARM_ROUND_S = 5
CONNECTIONS = 16
SAMPLE_EVERY_S = 0.25
OK = Expect(status=(200,))
BROWSE = (
    Request("page", HttpCall("GET", "/api/products/{product}"), 80, OK),
    Request("list", HttpCall("GET", "/api/products?page_size=24"), 20, OK),
)
BREAKER = "resilience4j_circuitbreaker_state"
ASKED = "cache_requests_total"


@dataclass(frozen=True)
class Sample:
    """What product-read said of itself."""

    at_s: float
    """Since the block began."""
    breaker: str
    hits: float
    asked: float


@dataclass(frozen=True)
class Story:
    """All that was seen of one block of load."""

    result: _engine.Result
    sent: Sequence[int]
    """Until the end of each second."""
    samples: Sequence[Sample]
    killed_s: float
    restarted_s: float
    """When it accepted connections again."""


def main() -> None:
    """Print the table and the summary. Exits with 1 where an answer was 5xx."""
    with running("product-read", "catalogue.ids") as shop:
        address = shop.address("product-read")
        target = Target("http1", address.host, address.port, connections=CONNECTIONS)
        feeds = {"product": feed_of(shop.ids, "zipf", 0.99, "catalogue.ids")}
        warm(lambda: _users_per_s(target, feeds))
        story = _outage(shop, target, feeds)
    _print_seconds(story)
    _print_summary(story)
    if broken := _ended(story.result).get("5xx", 0):
        sys.exit(f"{broken} answers were 5xx; a Redis that is gone must cost none")


def _users_per_s(target: Target, feeds: dict[str, _engine.Feed]) -> float:
    result = _start(target, ClosedLoop(CONNECTIONS), WARM_ROUND_S, feeds).wait()
    assert result is not None
    return result.completed / result.seconds


def _start(
    target: Target, arrivals: OpenLoop | ClosedLoop, seconds: float, feeds: dict[str, _engine.Feed]
) -> _engine.Running:
    spec = BlockSpec(
        target,
        arrivals,
        BROWSE,
        seconds,
        seed=1,
        lead_in_s=0.0,
        poll="sleep",
        core=peers.CLIENT_CORE,
        slice_s=1.0,
        hiccups=False,
    )
    return _engine.start(spec.as_json(), feeds)


def _outage(shop: Running, target: Target, feeds: dict[str, _engine.Feed]) -> Story:
    """The block of load, with what is done to Redis meanwhile."""
    port = urlsplit(shop.told("PRODUCT_READ_REDIS")).port
    assert port
    sent: list[int] = []
    killed_s = restarted_s = 0.0
    with ExitStack() as until_end:
        data = until_end.enter_context(tempfile.TemporaryDirectory(prefix="assay-bench-"))
        load = _start(target, OpenLoop(RATE_PER_S), SECONDS, feeds)
        began_s = time.monotonic() - load.progress().elapsed_s
        with _sampled(f"http://{target.host}:{target.port}/metrics", began_s) as samples:
            for second in range(1, SECONDS + 1):
                time.sleep(max(0.0, began_s + second - time.monotonic()))
                sent.append(load.progress().sent)
                if second == KILL_S:
                    _kill_listener(shop, port)
                    killed_s = time.monotonic() - began_s
                if second == RESTART_S:
                    command = [sys.executable, "-m", "shop_kit.redis", "--data", data]
                    command += ["--port", str(port)]
                    until_end.enter_context(peers.server(command, port, quiet=True))
                    restarted_s = time.monotonic() - began_s
        result = load.wait()
    assert result is not None
    return Story(result, sent, samples, killed_s, restarted_s)


def _kill_listener(shop: Running, port: int) -> None:
    for pid in shop.system.pids():
        listening = (
            each.laddr.port
            for each in psutil.Process(pid).net_connections("tcp")
            if each.status == psutil.CONN_LISTEN
        )
        if port in listening:
            os.kill(pid, signal.SIGKILL)
            return
    raise LookupError(f"no process of the stack listens on {port}")


@contextmanager
def _sampled(url: str, began_s: float) -> Iterator[list[Sample]]:
    """Ask for its metrics again and again in a thread, as long as the block runs."""
    samples: list[Sample] = []
    enough = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            due_s = began_s
            while not enough.wait(max(0.0, due_s - time.monotonic())):
                at_s = time.monotonic() - began_s
                samples.append(sample_of(client.get(url).raise_for_status().text, at_s))
                due_s = max(due_s + SAMPLE_EVERY_S, time.monotonic())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield samples
    finally:
        enough.set()
        thread.join()


def sample_of(metrics: str, at_s: float) -> Sample:
    """From the text of `/metrics`."""
    wanted = "\n".join(each for each in metrics.splitlines() if each.startswith((BREAKER, ASKED)))
    breaker, hits, asked = "", 0.0, 0.0
    for family in text_string_to_metric_families(wanted + "\n"):
        for name, labels, value, *_ in family.samples:
            if name == BREAKER and labels["name"] == "redis" and value == 1:
                breaker = labels["state"]
            if name == ASKED:
                asked += value
                hits += value if labels["result"] == "hit" else 0
    return Sample(at_s, breaker, hits, asked)


def _print_seconds(story: Story) -> None:
    print(
        f"\nbrowsing at {RATE_PER_S}/s; Redis killed at {story.killed_s:.1f} s, "
        f"back at {story.restarted_s:.1f} s"
    )
    print(
        f"  {'s':>3}{'sent':>6}{'200':>6}{'other':>7}{'p50 ms':>9}{'p99 ms':>9}{'hits':>7}"
        "  breaker of Redis"
    )
    for second, part in enumerate(story.result.slices):
        sent = story.sent[second] - (story.sent[second - 1] if second else 0)
        print(
            f"  {second:>3}{sent:>6}{part.completed:>6}{part.failed:>7}"
            f"{part.median_us / 1e3:>9.2f}{part.p99_us / 1e3:>9.2f}"
            f"{_hit_share(story.samples, second):>7}  {_breaker_states(story.samples, second)}"
        )


def _hit_share(samples: Sequence[Sample], second: int) -> str:
    """Of what was asked of the cache between the last sample before the second and its own last."""
    until = [each for each in samples if each.at_s < second + 1]
    before = [each for each in until if each.at_s < second] or until[:1]
    asked = until[-1].asked - before[-1].asked
    return f"{(until[-1].hits - before[-1].hits) / asked:.0%}" if asked else "-"


def _breaker_states(samples: Sequence[Sample], second: int) -> str:
    states = [each.breaker for each in samples if second <= each.at_s < second + 1]
    return ", ".join(dict.fromkeys(states))


def _print_summary(story: Story) -> None:
    ended = ", ".join(f"{count:,} {name}" for name, count in sorted(_ended(story.result).items()))
    opened = _first(story.samples, "open", story.killed_s)
    closed = _first(story.samples, "closed", story.restarted_s)
    print(f"\n  ended: {ended}; 5xx: {_ended(story.result).get('5xx', 0)}")
    print(f"  breaker opened: {_after(opened, story.killed_s)} after the kill")
    print(f"  breaker closed: {_after(closed, story.restarted_s)} after the restart")


def _ended(result: _engine.Result) -> dict[str, int]:
    """Requests by how they ended."""
    counts: dict[str, int] = {}
    for _, outcome, clock, times in result.recorded:
        if clock == "latency":
            counts[outcome] = counts.get(outcome, 0) + times.count
    return counts


def _first(samples: Sequence[Sample], breaker: str, from_s: float) -> float | None:
    return next(
        (each.at_s for each in samples if each.breaker == breaker and each.at_s >= from_s), None
    )


def _after(at_s: float | None, since_s: float) -> str:
    """Samples are a quarter of a second apart, so that is how well it is known."""
    return "not seen" if at_s is None else f"within {at_s - since_s:.2f} s"
