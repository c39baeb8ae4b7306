"""`assay up` and `assay down`."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

SERVER = Path(__file__).parents[1] / "run" / "programs" / "known_latency.py"
STACK = f"""
assay: 1
switches: {{ speed: [slow, quick] }}
processes:
  page:
    by:
      speed:
        slow: {{ run: ["{{python}}", {SERVER}, "{{port}}", "3"] }}
        quick: {{ run: ["{{python}}", {SERVER}, "{{port}}", "1"] }}
    ready: {{ http: "{{port}}/healthz" }}
    serves: {{ page: "http://127.0.0.1:{{port}}" }}
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { before: { speed: slow }, after: { speed: quick } }
workloads:
  page: { to: page, get: /, rate: 700/s }
claims:
  p99: { says: Faster., prove: before.page.p99 / after.page.p99 >= 2 }
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIMS)
    (tmp_path / "stack.yaml").write_text(STACK)


def test_up_and_down(assay, tmp_path: Path) -> None:
    try:
        code, told, progress = assay("up")
        assert code == 0, progress
        addresses = dict(line.split()[0::2] for line in told.splitlines())
        assert addresses.keys() == {"before", "after"}
        for address in addresses.values():
            assert urllib.request.urlopen(f"{address}/healthz", timeout=5).read() == b"ok"
        code, _, progress = assay("up", "after")
        assert code == 4
        assert "is up already" in progress
        assert progress.endswith("take it down first\n")
    finally:
        code, told, _ = assay("down")
    assert (code, told) == (0, "the system of stack.yaml is down\n")
    for address in addresses.values():
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"{address}/healthz", timeout=5)
    assert not list((tmp_path / "tmp").iterdir())
    code, _, progress = assay("down")
    assert code == 4
    assert progress.startswith("assay: no system of ")
    assert progress.endswith("stack.yaml is up\n")


def test_one_variant_alone(assay) -> None:
    try:
        code, told, progress = assay("up", "after")
        assert code == 0, progress
        assert [line.split()[0] for line in told.splitlines()] == ["after"]
    finally:
        assert assay("down")[0] == 0


def test_a_variant_that_is_none(assay_here) -> None:
    code, told, progress = assay_here("up", "afetr")
    assert (code, told) == (2, "")
    assert "there is no variant `afetr`; the file has before, after" in progress
