"""Sets the clock of a service that runs: `python -m shop_kit.skewing --file F --ahead S --of URL`.

F is the file that the service was told as SHOP_CLOCK. Says what the service's own metrics, at URL,
then have its clock to be off by. `--right` in place of `--ahead` takes the file away again.
"""

from __future__ import annotations

import argparse
import os
import urllib.request
from pathlib import Path

from shop_kit.clock import METRIC
from shop_kit.settings import die

TIMEOUT_S = 5.0


class SkewError(Exception):
    """The clock is not as it was to be; the message says why."""


def skew(file: Path, ahead_s: float, of: str) -> float:
    """What the service then says. Raises SkewError, OSError."""
    # Written whole: a service that looks meanwhile reads the one or the other.
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_text(f"{ahead_s}\n")
    new.replace(file)
    with urllib.request.urlopen(of, timeout=TIMEOUT_S) as answer:
        told = told_by(answer.read().decode())
    if told is None or abs(told - ahead_s) > 0.5:
        raise SkewError(f"the clock of {of} is {'not told' if told is None else f'{told:g} s'}")
    return told


def told_by(metrics: str) -> float | None:
    for line in metrics.splitlines():
        if line.startswith(f"{METRIC} "):
            return float(line.split()[1])
    return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.skewing", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="the service's SHOP_CLOCK")
    parser.add_argument("--of", default="", help="the service's metrics")
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--ahead", type=float, metavar="S", help="seconds; below 0, it is behind")
    wish.add_argument("--right", action="store_true", help="as the machine's again")
    given = parser.parse_args()
    try:
        if given.right:
            given.file.unlink(missing_ok=True)
            print("the clock is right")
        else:
            told = skew(given.file, given.ahead, given.of)
            print(f"its clock is {abs(told):,g} s {'ahead' if told > 0 else 'behind'}")
    except (SkewError, OSError) as error:
        die(f"skewing: {error}")


if __name__ == "__main__":
    main()
