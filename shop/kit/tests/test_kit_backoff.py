from __future__ import annotations

import random
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st
from shop_kit.backoff import delays_s


@given(st.integers())
def test_delays_double_to_the_limit_and_are_drawn_from_the_upper_half(seed: int) -> None:
    waits = islice(delays_s(0.1, 2.0, random.Random(seed)), 8)
    for wait, most in zip(waits, (0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0), strict=True):
        assert most / 2 <= wait <= most
