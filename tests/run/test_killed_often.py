"""Assay killed at whatever moment of a run with faults: after `assay heal` nothing is left.

`ASSAY_KILLS=100 pytest tests/run/test_killed_often.py` does it a hundred times.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).with_name("programs")
FRONT = f'"{sys.executable}", "{PROGRAMS / "front.py"}", "{{port}}", "{{till.port}}"'
STACK = f"""
assay: 1
switches: {{ front: [honest, guessing] }}
processes:
  till:
    run: ["{sys.executable}", "{PROGRAMS / "limited.py"}", "{{port}}", "64", "0"]
    by: {{ front: {{ honest: {{}}, guessing: {{}} }} }}
    ready: {{ tcp: "{{port}}" }}
  shop:
    needs: [till]
    by: {{ front: {{ honest: {{ run: [{FRONT}] }}, guessing: {{ run: [{FRONT}, guess] }} }} }}
    ready: {{ tcp: "{{port}}" }}
    serves: {{ shop: "http://127.0.0.1:{{port}}" }}
"""
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
claims:
  refused: { says: A, prove: honest.orders.lost == 0, during: refused, pairs_per_epoch: 9 }
  frozen: { says: B, prove: honest.orders.lost == 0, during: frozen, pairs_per_epoch: 9 }
  killed: { says: C, prove: honest.orders.lost == 0, during: killed, pairs_per_epoch: 9 }
"""
TIMES = int(os.environ.get("ASSAY_KILLS", "5"))
LONGEST_S = 9.0
"""The first blocks are over by then."""


@pytest.mark.integration
@pytest.mark.long
@pytest.mark.timeout(60 + 20 * TIMES)
def test_nothing_is_left_once_it_is_healed(house, wait_for) -> None:
    shutil.copy(PROGRAMS / "kept_orders.py", house.folder / "scripts.py")
    claims = str(house.write(CLAIMS, STACK))
    chance = random.Random(1)
    for _ in range(TIMES):
        run = house.start("prove", claims)
        until_s = time.monotonic() + chance.uniform(0.0, LONGEST_S)
        while time.monotonic() < until_s and run.poll() is None:
            house.processes()  # looked at now, so that it is known of later
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        wait_for(lambda: not house.processes())
        code, told, progress = house.run("heal")
        assert code == 0, told + progress
        assert house.left() == []
