"""Assay killed at whatever moment of a run with faults: after `assay heal` nothing is left.

`ASSAY_KILLS=100 pytest tests/run/test_killed_often.py` does it a hundred times.
"""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CLAIMS = """
assay: 1
system: stack.yaml
variants: { honest: {} }
workloads:
  buying:
    to: shop
    journey: scripts:Buyer
    users: 30
    timeout: 2s
    done: [ok]
    lead_in: 100ms
    block: 1s
    audit: orders
audits:
  orders: { run: "scripts:audit" }
faults:
  refused: { refuse: shop -> till, after: 100ms, for: 700ms }
  frozen: { freeze: till, after: 100ms, for: 700ms }
  killed: { kill: till, after: 100ms, for: 300ms }
  spoilt: { run: till.spoil, after: 100ms, for: 700ms }
  full: { fill: till, after: 100ms, for: 700ms }
claims:
  refused: { says: A, prove: honest.orders.lost == 0, during: refused, pairs_per_epoch: 9 }
  frozen: { says: B, prove: honest.orders.lost == 0, during: frozen, pairs_per_epoch: 9 }
  killed: { says: C, prove: honest.orders.lost == 0, during: killed, pairs_per_epoch: 9 }
  full: { says: E, prove: honest.orders.lost == 0, during: full, pairs_per_epoch: 9 }
  spoilt: { says: D, prove: honest.orders.lost == 0, during: spoilt, pairs_per_epoch: 9 }
"""
TIMES = int(os.environ.get("ASSAY_KILLS", "5"))
LONGEST_S = 9.0
"""The first blocks are over by then."""


@dataclass(frozen=True)
class Moment:
    """To be waited for; what was started until then is known of later."""

    house: Any
    at_s: float

    def __call__(self) -> bool:
        self.house.processes()
        return time.monotonic() >= self.at_s


@pytest.mark.integration
@pytest.mark.long
@pytest.mark.timeout(60 + 20 * TIMES)
def test_nothing_is_left_once_it_is_healed(house, front_and_till: str, wait_for) -> None:
    claims = str(house.write(CLAIMS, front_and_till))
    chance = random.Random(1)
    for _ in range(TIMES):
        run = house.start("prove", claims)
        wait_for(Moment(house, time.monotonic() + chance.uniform(0.0, LONGEST_S)))
        run.send_signal(signal.SIGKILL)
        run.communicate()
        wait_for(lambda: not house.processes())
        code, told, progress = house.run("heal")
        assert code == 0, told + progress
        assert house.left() == []
        assert not (house.folder / "spoilt").exists()
        assert str(house.folder) not in Path("/proc/mounts").read_text()
