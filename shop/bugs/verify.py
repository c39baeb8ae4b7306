"""Seeds each bug in turn and asks `assay prove` for the claim that is to refute it.

A line a bug, as it is found out; ends with 1 where one was not refuted, or a run without a bug was.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "startup"))

from seeded import BUGS  # noqa: E402 (found beside us)

CLAIMS = HERE.parent / "resilience.yaml"
NOT_STARTED = 4
ASSAY = Path(sys.executable).with_name("assay")


def main() -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a bug; all where none is named")
    parser.add_argument("--clean", type=int, default=0, help="runs of all claims without a bug")
    parser.add_argument("--budget", default="6m", help="of each run (6m)")
    parser.add_argument("--out", default="runs/bugs", help="folder of the runs (runs/bugs)")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BUGS]:
        parser.error(f"there is no bug {', '.join(unknown)}; there are {', '.join(BUGS)}")
    names = given.names or ([] if given.clean else list(BUGS))
    missed = [name for name in names if not refuted(name, given.budget, given.out)]
    wrong = [n for n in range(1, given.clean + 1) if clean_refuted(n, given.budget, given.out)]
    if names:
        print(f"{len(names) - len(missed)} of {len(names)} bugs were refuted")
    if given.clean:
        print(f"{len(wrong)} of {given.clean} runs without a bug were refuted")
    return 1 if missed or wrong else 0


def refuted(name: str, budget: str, out: str) -> bool:
    """Whether the bug's own claim was."""
    bug = BUGS[name]
    more = {"SHOP_BUG": name, "PYTHONPATH": str(HERE / "startup")}
    rows, took_s = prove(["--only", bug.claim, "--budget", budget, "--out", out], more)
    verdict, reason = ("no start", "") if not rows else (rows[0]["verdict"], rows[0]["reason"])
    print(f"{verdict:10} {name:24} {bug.claim}, {took_s:.0f} s: {reason}", flush=True)
    return verdict == "REFUTED"


def clean_refuted(number: int, budget: str, out: str) -> bool:
    """Whether any claim was, though nothing is wrong."""
    rows, took_s = prove(["--budget", budget, "--out", out], {})
    found = [f"{row['name']}: {row['reason']}" for row in rows if row["verdict"] == "REFUTED"]
    said = "; ".join(found) or ("nothing refuted" if rows else "no start")
    print(f"clean {number:4}   {took_s:.0f} s, {len(rows)} claims: {said}", flush=True)
    return bool(found)


def prove(arguments: list[str], more: dict[str, str]) -> tuple[list[dict[str, str]], float]:
    """The claims of the run's document, none where the shop did not start, and how long it took.

    Its progress is on standard error. Raises SystemExit.
    """
    began_s = time.monotonic()
    command = [ASSAY, "prove", CLAIMS, "--json", *arguments]
    with subprocess.Popen(command, env={**os.environ, **more}, stdout=subprocess.PIPE) as run:
        try:
            told, _ = run.communicate()
        except KeyboardInterrupt:
            run.wait()  # it was pressed for assay too, which stops what it has started
            raise SystemExit(130) from None
    took_s = time.monotonic() - began_s
    if run.returncode == NOT_STARTED:
        return [], took_s
    if run.returncode not in (0, 1, 3):
        raise SystemExit(f"assay ended with {run.returncode}")
    return json.loads(told)["claims"], took_s


if __name__ == "__main__":
    sys.exit(main())
