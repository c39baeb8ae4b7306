"""What counts as a failure, and what its caller sees of it."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.breakers.subject import Make, cancelled


async def cancelled_is_no_failure(make: Make) -> None:
    """a cancelled call counts as no failure"""
    it = make()
    for _ in range(3 * it.failures):
        await cancelled(it)
    assert (await it.attempt_async(_well)).made, "it opened"


async def cancelled_is_no_success(make: Make) -> None:
    """a cancelled call counts as no success"""
    it = make()
    for number in range(it.failures):
        if number == it.failures - 1:
            await cancelled(it)
        await it.attempt_async(_broken)
    assert not (await it.attempt_async(_well)).made, "what had failed before was forgotten"


def our_own_end_says_nothing(make: Make) -> None:
    """our own end (SystemExit) counts as no failure"""
    it = make()
    it.fail(3 * it.failures, SystemExit())
    assert not it.rejects(), "it opened"


def ignored_errors(make: Make) -> None:
    """errors can be named that count as no failure"""
    it = make(ignored=(LookupError,))
    it.fail(3 * it.failures, KeyError("a subclass"))
    assert not it.rejects(), "they count"
    other = make(ignored=(LookupError,))
    other.fail(other.failures)
    assert other.rejects(), "the others do not count"


async def time_outs_open_it(make: Make) -> None:
    """time-outs count as failures"""
    it = make()
    for _ in range(it.failures):
        await it.attempt_async(_too_late)
    assert not (await it.attempt_async(_well)).made


async def a_time_out_is_no_rejection(make: Make) -> None:
    """a caller can tell a time-out from a call that was not made"""
    it = make()
    late = [(await it.attempt_async(_too_late)).error for _ in range(it.failures)]
    rejected = await it.attempt_async(_well)
    assert not rejected.made
    assert all(isinstance(each, TimeoutError) for each in late), f"the last is {late[-1]!r}"
    assert not isinstance(rejected.error, TimeoutError)


def errors_pass(make: Make) -> None:
    """errors pass through as they are, the one that opens it too"""
    it = make()
    for _ in range(it.failures):
        error = OSError("as it is")
        seen = it.attempt(partial(_raise, error)).error
        assert seen is error, f"it became {type(seen).__name__}"


ALL = (
    cancelled_is_no_failure,
    cancelled_is_no_success,
    our_own_end_says_nothing,
    ignored_errors,
    time_outs_open_it,
    a_time_out_is_no_rejection,
    errors_pass,
)


async def _broken() -> None:
    raise OSError


async def _well() -> None:
    pass


async def _too_late() -> None:
    async with asyncio.timeout(0.001):
        await asyncio.Event().wait()


def _raise(error: BaseException) -> None:
    raise error
