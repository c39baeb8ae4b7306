"""What is expected of a circuit breaker, property by property, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from prometheus_client import CollectorRegistry
from shop_kit.breaker import Breaker, BreakerMetrics, BreakerOpen, BreakerSettings, State
from shop_kit.testing import wait_for

SETTINGS = BreakerSettings(
    window_calls=10, minimum_calls=4, failure_rate=0.5, slow_call_s=1.0, slow_call_rate=0.75,
    wait_open_s=5.0, probes=2, probe_timeout_s=20.0, ignored=(LookupError,),
)  # fmt: skip


class Patient:
    """A breaker, its clock, and calls that end as the test says."""

    def __init__(self, settings: BreakerSettings = SETTINGS) -> None:
        self.now_s = 1_000.0
        self.registry = CollectorRegistry()
        self.breaker = Breaker("it", settings, BreakerMetrics(self.registry), lambda: self.now_s)

    def call(self, error: BaseException | None = None, seconds: float = 0.0) -> None:
        kinds = type(error) if error else ()
        with suppress(kinds), self.breaker.permit():  # type: ignore[arg-type]
            self.now_s += seconds
            if error:
                raise error

    def calls(self, well: int = 0, failed: int = 0) -> None:
        for _ in range(well):
            self.call()
        for _ in range(failed):
            self.call(OSError())

    def opened(self) -> None:
        self.calls(failed=4)
        assert self.breaker.state is State.OPEN

    def half_opened(self) -> None:
        self.opened()
        self.now_s += 5

    def rejects(self) -> bool:
        try:
            with self.breaker.permit():
                return False
        except BreakerOpen:
            return True

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, {"name": "it", **labels}) or 0.0


@pytest.fixture
def it() -> Patient:
    return Patient()


def test_it_begins_closed(it: Patient) -> None:
    assert it.breaker.state is State.CLOSED
    assert not it.rejects()


@pytest.mark.parametrize(
    ("why", "well", "failed", "state"),
    [
        ("too few to say", 0, 3, State.CLOSED),
        ("at the rate, and just enough", 2, 2, State.OPEN),
        ("just below the rate", 5, 4, State.CLOSED),
        ("all of them", 0, 4, State.OPEN),
        ("none of them", 30, 0, State.CLOSED),
    ],
)
def test_it_opens_at_the_failure_rate_over_a_minimum(it, why, well, failed, state) -> None:
    it.calls(well, failed)
    assert it.breaker.state is state, why


def test_old_outcomes_are_forgotten(it: Patient) -> None:
    it.calls(failed=1)
    it.calls(well=12)
    it.calls(failed=4)
    assert it.breaker.state is State.CLOSED  # 4 of the last 10
    it.calls(failed=1)
    assert it.breaker.state is State.OPEN


def test_slow_calls_have_a_rate_of_their_own(it: Patient) -> None:
    for seconds in (1.0, 1.0, 0.99, 0.5):
        it.call(seconds=seconds)
    assert it.breaker.state is State.CLOSED
    for _ in range(4):
        it.call(seconds=3.0)
    assert it.breaker.state is State.OPEN


def test_open_it_rejects_at_once_and_says_until_when(it: Patient) -> None:
    it.opened()
    it.now_s += 2
    with pytest.raises(BreakerOpen) as caught, it.breaker.permit():
        pytest.fail("the call was made")
    assert caught.value.retry_after_s == pytest.approx(3.0)


def test_it_waits_before_it_probes(it: Patient) -> None:
    it.opened()
    it.now_s += 4.999
    assert it.rejects()
    it.now_s += 0.001
    assert not it.rejects()
    assert it.breaker.state is State.HALF_OPEN


def test_a_day_that_the_wall_clock_jumps_is_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(SETTINGS, wait_open_s=3_600.0)
    breaker = Breaker("it", settings, BreakerMetrics(CollectorRegistry()))
    for _ in range(4):
        with suppress(OSError), breaker.permit():
            raise OSError
    now_s = time.time()
    monkeypatch.setattr("time.time", lambda: now_s + 86_400)
    with pytest.raises(BreakerOpen), breaker.permit():
        pytest.fail("the call was made")


def test_probes_that_go_well_close_it_with_a_fresh_window(it: Patient) -> None:
    it.half_opened()
    it.calls(well=2)
    assert it.breaker.state is State.CLOSED
    it.calls(failed=3)
    assert it.breaker.state is State.CLOSED  # what was before is forgotten


def test_a_probe_that_fails_opens_it_for_another_wait(it: Patient) -> None:
    it.half_opened()
    it.calls(failed=1)
    assert it.breaker.state is State.OPEN
    it.now_s += 4.9
    assert it.rejects()
    it.now_s += 0.1
    it.calls(well=2)
    assert it.breaker.state is State.CLOSED


def test_slow_probes_open_it(it: Patient) -> None:
    it.half_opened()
    it.call(seconds=2.0)
    it.call(seconds=2.0)
    assert it.breaker.state is State.OPEN


def test_so_many_probes_and_no_more_among_threads(it: Patient) -> None:
    it.half_opened()
    done = threading.Event()

    def call() -> bool:
        try:
            with it.breaker.permit():
                return done.wait(10)
        except BreakerOpen:
            return False

    with ThreadPoolExecutor(50) as pool:
        calls = [pool.submit(call) for _ in range(50)]
        wait_for(lambda: it.counted("breaker_calls_total", outcome="rejected") == 48)
        done.set()
        assert sum(each.result() for each in calls) == 2
    assert it.breaker.state is State.CLOSED


async def test_so_many_probes_and_no_more_among_tasks(it: Patient) -> None:
    it.half_opened()
    begun = asyncio.Event()

    async def call() -> bool:
        try:
            with it.breaker.permit():
                await begun.wait()
                return True
        except BreakerOpen:
            return False

    tasks = [asyncio.create_task(call()) for _ in range(100)]
    while it.counted("breaker_calls_total", outcome="rejected") < 98:  # noqa: ASYNC110
        await asyncio.sleep(0)
    begun.set()
    assert sum(await asyncio.gather(*tasks)) == 2
    assert it.breaker.state is State.CLOSED


async def test_calls_are_never_serialised(it: Patient) -> None:
    together = asyncio.Barrier(20)

    async def call() -> None:
        with it.breaker.permit():
            await together.wait()  # for ever, were they one by one

    async with asyncio.timeout(10):
        await asyncio.gather(*(call() for _ in range(20)))


def test_threads_are_never_serialised(it: Patient) -> None:
    together = threading.Barrier(8)

    def call() -> None:
        with it.breaker.permit():
            together.wait(10)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call(), range(8)))


async def test_a_cancelled_call_says_nothing(it: Patient) -> None:
    for _ in range(20):
        task = asyncio.create_task(_hang(it.breaker))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert it.breaker.state is State.CLOSED
    assert it.counted("breaker_calls_total", outcome="cancelled") == 20


async def test_a_cancelled_probe_gives_its_place_back(it: Patient) -> None:
    it.half_opened()
    tasks = [asyncio.create_task(_hang(it.breaker)) for _ in range(2)]
    await asyncio.sleep(0)
    assert it.rejects()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    it.calls(well=2)
    assert it.breaker.state is State.CLOSED


async def _hang(breaker: Breaker) -> None:
    with breaker.permit():
        await asyncio.Event().wait()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), GeneratorExit()])
def test_our_own_end_says_nothing_of_the_other_side(it: Patient, error: BaseException) -> None:
    for _ in range(10):
        it.call(error)
    assert it.breaker.state is State.CLOSED


def test_a_probe_that_never_ends_is_a_failure(it: Patient) -> None:
    it.half_opened()
    endless = [it.breaker.permit() for _ in range(2)]
    for each in endless:
        each.__enter__()
    it.now_s += 19.9
    assert it.rejects()
    assert it.breaker.state is State.HALF_OPEN
    it.now_s += 0.1
    assert it.rejects()
    assert it.breaker.state is State.OPEN
    for each in endless:
        each.__exit__(None, None, None)  # late, and without a say
    assert it.breaker.state is State.OPEN


def test_what_was_begun_before_it_opened_has_no_say_later(it: Patient) -> None:
    late = [it.breaker.permit() for _ in range(4)]
    for each in late:
        each.__enter__()
    it.half_opened()
    assert not it.rejects()  # one probe went well
    for each in late:
        with suppress(OSError):
            each.__exit__(OSError, OSError(), None)
    assert it.breaker.state is State.HALF_OPEN
    it.calls(well=1)
    assert it.breaker.state is State.CLOSED


def test_ignored_errors_say_that_it_is_well(it: Patient) -> None:
    for _ in range(20):
        it.call(KeyError())
    assert it.breaker.state is State.CLOSED
    assert it.counted("breaker_calls_total", outcome="ignored") == 20


def test_a_time_out_is_a_failure_and_is_told_apart(it: Patient) -> None:
    for _ in range(4):
        it.call(TimeoutError())
    assert it.breaker.state is State.OPEN
    assert it.counted("breaker_calls_total", outcome="timeout") == 4
    assert it.rejects()
    assert it.counted("breaker_calls_total", outcome="rejected") == 1


def test_errors_pass_through_as_they_are(it: Patient) -> None:
    error = OSError("as it is")
    with pytest.raises(OSError) as caught, it.breaker.permit():
        raise error
    assert caught.value is error


def test_every_transition_is_counted(it: Patient) -> None:
    it.half_opened()
    it.calls(failed=1)
    it.now_s += 5
    it.calls(well=2)
    for to, times in (("open", 2), ("half_open", 2), ("closed", 1)):
        assert it.counted("breaker_transitions_total", to=to) == times
    assert it.counted("breaker_state") == State.CLOSED


def test_threads_and_tasks_share_one_state(it: Patient) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: it.call(OSError()), range(4)))
    assert it.rejects()


def test_two_breakers_do_not_meet() -> None:
    registry = CollectorRegistry()
    metrics = BreakerMetrics(registry)
    one, other = (Breaker(name, SETTINGS, metrics) for name in ("one", "other"))
    for _ in range(4):
        with suppress(OSError), one.permit():
            raise OSError
    assert (one.state, other.state) == (State.OPEN, State.CLOSED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum_calls": 0}, {"minimum_calls": 11}, {"failure_rate": 0.0}, {"failure_rate": 1.1},
        {"slow_call_rate": -1.0}, {"wait_open_s": 0.0}, {"probes": 0}, {"probe_timeout_s": 0.0},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        replace(SETTINGS, **wrong)


class AnyOrder(RuleBasedStateMachine):
    """Calls that begin and end in any order: it never jams, and never lets more through."""

    def __init__(self) -> None:
        super().__init__()
        self.it = Patient()
        self.under_way: list[tuple[Callable[..., bool], State]] = []

    @rule()
    def begin(self) -> None:
        permit = self.it.breaker.permit()
        with suppress(BreakerOpen):
            permit.__enter__()
            self.under_way.append((permit.__exit__, self.it.breaker.state))

    @rule(which=st.integers(0, 100), failed=st.booleans())
    def end(self, which: int, failed: bool) -> None:
        if self.under_way:
            leave, _ = self.under_way.pop(which % len(self.under_way))
            with suppress(OSError):
                leave(*((OSError, OSError(), None) if failed else (None, None, None)))

    @rule(seconds=st.floats(0, 30))
    def wait(self, seconds: float) -> None:
        self.it.now_s += seconds

    @invariant()
    def it_never_jams(self) -> None:
        """Left alone for long enough it takes a call, whatever has not ended."""
        core = self.it.breaker._core
        assert len(core._probes) <= SETTINGS.probes
        if core.state is State.OPEN:
            rounding_s = 1e-9  # of a clock in floating point
            assert core.retry_after_s(self.it.now_s) <= SETTINGS.wait_open_s + rounding_s

    def teardown(self) -> None:
        # Probes may be given up, and then it waits once more.
        for _ in range(2):
            self.it.now_s += SETTINGS.probe_timeout_s + SETTINGS.wait_open_s
            if not self.it.rejects():
                return
        self.it.now_s += SETTINGS.wait_open_s
        assert not self.it.rejects()


AnyOrder.TestCase.settings = hypothesis_settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
test_in_any_order = AnyOrder.TestCase
