"""Two services of known latency, judged by real load."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.integration

STACK = """
assay: 1
switches: { speed: [slow, quick] }
processes:
  page:
    by:
      speed:
        slow: { run: [SERVER, "3.5"] }
        quick: { run: [SERVER, "1"] }
    ready: { http: "{port}/healthz" }
    serves: { page: "http://127.0.0.1:{port}" }
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { slow: { speed: slow }, quick: { speed: quick } }
workloads:
  page: { to: page, get: /, rate: 700/s, connections: 64 }
claims:
  p99:
    says: The quick one is 3.1x faster at p99.
    prove: slow.page.p99 / quick.page.p99 >= 3.1
  p50:
    says: It cuts the median by 60%.
    prove: 1 - quick.page.p50 / slow.page.p50 >= 60%
"""


@pytest.mark.measures
@pytest.mark.timeout(300)
def test_three_and_a_half_times_is_proved_to_be_over_three_point_one(house) -> None:
    claims = house.write(CLAIMS, STACK)
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json", within_s=280)
    p99, p50 = json.loads(told)["claims"]
    assert (code, p99["verdict"], p50["verdict"]) == (0, "PROVED", "PROVED"), progress
    assert 3.2 < p99["estimate"] < 3.8
    assert p99["interval"][0] > 3.1
    assert p99["pairs"] >= 7
    assert 0.65 < p50["estimate"] < 0.75
    assert house.left() == []
