from __future__ import annotations

import asyncio

import pytest
from shop_kit.lifecycle import until


async def test_work_is_cancelled_when_told_to_stop() -> None:
    stop = asyncio.Event()
    seen: list[str] = []

    async def work() -> None:
        seen.append("began")
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")

    await until(stop, work())
    assert seen == ["began", "cancelled"]


async def test_work_that_fails_ends_the_service_with_its_error() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until(asyncio.Event(), work())
