"""`assay prove` on files with mistakes: each is told at its place, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from assay.cli import app

CLAIMS = """\
assay: 1
system: stack.yaml
variants:
  before: { speed: slow }
  after: { speed: quick }
feeds:
  product: { values: [a, b], draw: zipf, s: 0.9 }
workloads:
  page:
    to: page
    get: "/{product}"
    rate: 700/s
claims:
  p99:
    says: It is twice as fast.
    prove: before.page.p99 / after.page.p99 >= 2
"""
STACK = """\
assay: 1
switches: { speed: [slow, quick] }
processes:
  store:
    run: [sleep, "600"]
  page:
    run: [sleep, "600"]
    needs: [store]
    env: { SPEED: fast }
    by:
      speed: { slow: { env: { SPEED: slow } }, quick: {} }
    ready: { tcp: "{port}" }
    serves: { page: "http://127.0.0.1:{port}" }
"""

IN_CLAIMS = {
    "unknown key": ("    rate: 700/s", "    rat: 700/s", "12:5", "did you mean `rate`?"),
    "no version": ("assay: 1\n", "", "1:1", "assay"),
    "tab": ("    to: page", "\tto: page", "10:1", "spaces"),
    "twice": ("  after:", "  before:", "5:3", "it stands in line 4 already"),
    "not YAML": ("values: [a, b]", "values: [a, b", "7:", "is not YAML"),
    "bad unit": ("700/s", "700ms", "12:11", "/s"),
    "negative rate": ("700/s", "-7/s", "12:11", "rate"),
    "unknown variant": ("prove: before", "prove: befor", "16:12", "did you mean `before`?"),
    "unknown workload": ("after.page", "after.pag", "16:36", "did you mean `page`?"),
    "unknown measure": ("page.p99 /", "page.p9x /", "16:24", "p9x"),
    "no comparison": (" >= 2", "", "16:", ">="),
    "two comparisons": (">= 2", ">= 2 >= 1", "16:", ">="),
    "not closed": ("before.page.p99 /", "(before.page.p99 /", "16:46", "found `>`"),
    "unknown feed": ("/{product}", "/{prodct}", "11:", "did you mean `product`?"),
    "unknown switch": ("{ speed: slow }", "{ sped: slow }", "4:", "did you mean `speed`?"),
    "unknown option": ("{ speed: slow }", "{ speed: slo }", "4:", "did you mean `slow`?"),
    "no such stack": ("stack.yaml", "stak.yaml", "2:9", "there is no file `stak.yaml`"),
    "too slow a rate": (
        "p99 / after.page.p99",
        "p99.99 / after.page.p99.99",
        "16:12",
        "6.67e+03/s would do",
    ),
    "latency of users": ("rate: 700/s", "users: 8", "16:", "give the workload `rate`"),
    "wrong type": ("says: It is twice as fast.", "says: [twice]", "15:", "text"),
    "bad draw": ("draw: zipf", "draw: zip", "7:", "zipf"),
    "no claims": ("prove: before", "proof: before", "16:5", "did you mean `prove`?"),
}
IN_STACK = {
    "unknown need": ("needs: [store]", "needs: [stor]", "8:13", "did you mean `store`?"),
    "cycle": ("  store:\n", "  store:\n    needs: [page]\n", "5:", "page"),
    "unknown word": ('tcp: "{port}"', 'tcp: "{prt}"', "12:", "did you mean"),
    "unknown key of a process": ("    env:", "    enw:", "9:5", "did you mean `env`?"),
    "nothing to run": ('  store:\n    run: [sleep, "600"]', "  store: {}", "4:", "run"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("state", "tmp", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def told(folder: Path, claims: str, stack: str, *options: str) -> str:
    """Standard error of `assay prove`, which must have refused and left nothing."""
    Path("claims.yaml").write_text(claims)
    Path("stack.yaml").write_text(stack)
    children = psutil.Process().children()
    result = CliRunner().invoke(app, ["prove", "claims.yaml", *options])
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert sorted(path.name for path in Path().iterdir()) == ["claims.yaml", "stack.yaml"]
    assert not list((folder / "tmp").iterdir())
    assert not list((folder / "state").rglob("*.json"))
    assert psutil.Process().children() == children
    return result.stderr


@pytest.mark.parametrize("mistake", IN_CLAIMS)
def test_a_mistake_in_the_claims_file(folder: Path, mistake: str) -> None:
    right, wrong, place, words = IN_CLAIMS[mistake]
    assert CLAIMS.count(right) >= 1
    found = told(folder, CLAIMS.replace(right, wrong, 1), STACK)
    assert f"claims.yaml:{place}" in found
    assert words in found


@pytest.mark.parametrize("mistake", IN_STACK)
def test_a_mistake_in_the_stack_file(folder: Path, mistake: str) -> None:
    right, wrong, place, words = IN_STACK[mistake]
    assert STACK.count(right) >= 1
    found = told(folder, CLAIMS, STACK.replace(right, wrong, 1))
    assert f"stack.yaml:{place}" in found
    assert words in found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--only", "p9"), "there is no claim `p9`"),
        (("--budget", "soon"), "--budget is `soon`; a time such as 90s, 10m or 1h would do"),
        (("--out", "stack.yaml/runs"), "no run folder can be made here"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_an_option_that_cannot_be(folder: Path, options: tuple[str, ...], words: str) -> None:
    assert words in told(folder, CLAIMS, STACK, *options)


def test_a_file_that_is_not_there(folder: Path) -> None:
    Path("claims.yml").write_text(CLAIMS)
    result = CliRunner().invoke(app, ["prove", "claim.yml"])
    assert result.exit_code == 2
    assert "claim.yml: there is no such file" in " ".join(result.stderr.split())
    assert "did you mean `claims.yml`?" in result.stderr
    assert [path.name for path in Path().iterdir()] == ["claims.yml"]


def test_the_file_itself_is_right(folder: Path) -> None:
    Path("claims.yaml").write_text(CLAIMS)
    Path("stack.yaml").write_text(STACK)
    result = CliRunner().invoke(app, ["check", "claims.yaml"])
    assert (result.exit_code, result.stderr) == (0, "")
