"""How many users a variant takes: found by doubling, on systems whose capacity is known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.claims import Saturation
from assay.run.saturating import search

BETWEEN = Saturation.model_validate({"from": 4, "to": 256})


async def _searched(capacity: float, between: Saturation = BETWEEN):
    """A system that does 10 a second for each user, and `capacity` at most."""

    async def measure(users: int, before: Sequence[tuple[int, float]]) -> float:
        asked = list(dict.fromkeys(n for n, _ in before))
        assert asked == [between.least * 2**i for i in range(len(asked))]
        return min(10.0 * users, capacity)

    return await search(between, measure)


@given(st.floats(1.0, 1280.0))
async def test_no_fewer_users_would_do_as_much(capacity: float) -> None:
    found = await _searched(capacity)
    assert found.users is not None
    assert 10 * found.users >= capacity / 1.03
    assert found.users == BETWEEN.least or 10 * found.users / 2 < capacity


async def test_a_bad_moment_is_not_taken_for_saturation() -> None:
    """Measured: 124/s by 256 users, 128/s by 512 in one block and 147/s in the next."""
    bad = iter([True])

    async def measure(users: int, _: Sequence[tuple[int, float]]) -> float:
        if users == 64 and next(bad, False):
            return 325.0
        return min(10.0 * users, 900.0)

    found = await search(BETWEEN, measure)
    assert (found.users, found.doubled_per_s) == (128, 900.0)
    assert [n for n, _ in found.steps].count(64) == 2


async def test_who_is_never_saturated_is_said_to_be_so() -> None:
    found = await _searched(1e9)
    assert found.users is None
    assert found.reason("after") == (
        "after is not saturated by 256 users, who get 2.56e+03 done a second"
    )


async def test_users_who_are_failed_are_too_many() -> None:
    async def measure(users: int, _: Sequence[tuple[int, float]]) -> float:
        return 10.0 * users if users <= 32 else 0.0

    assert (await search(BETWEEN, measure)).users == 32


def test_there_must_be_something_to_double() -> None:
    with pytest.raises(ValueError, match="to"):
        Saturation.model_validate({"from": 4})
