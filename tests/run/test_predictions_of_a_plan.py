"""What is predicted of a metric, for the workloads that it is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.claims import recall_claims
from assay.load.cores import Cores
from assay.run.plan import make_plan
from assay.run.workloads import Workloads
from assay.systems import RunningSystem

CLAIMS = """
assay: 1
system: { a: { page: "http://127.0.0.1:1" } }
workloads:
  known: { to: page, get: /kept, rate: 10/s }
  other: { to: page, get: /unkept, rate: 10/s }
metrics:
  hits: { of: page, ratio: [hits_total, reads_total], predict: { /kept: 1s } }
information:
  of-known: { says: Kept., show: a.known.hits }
  of-other: { says: Not kept., show: a.other.hits }
"""


def test_nothing_is_predicted_where_nothing_is_kept() -> None:
    claims = recall_claims(Path("claims.yaml"), CLAIMS)
    workloads = Workloads(claims, RunningSystem({"a": {}}), Cores(None, None), Path())
    known, other = make_plan(claims, [], 1, 60.0).comparisons
    assert workloads.predicted(known, "a") == {"hits": pytest.approx(10 / 11)}
    assert workloads.predicted(other, "a") == {}
