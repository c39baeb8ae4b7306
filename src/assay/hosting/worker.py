"""The process of a script: `python -m assay.hosting.worker`, its order on standard input.

Only the standard library is imported before the script is: Locust's must be first.
"""

from __future__ import annotations

import ctypes
import importlib
import inspect
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from assay.hosting.entry import BadEntry, resolved

_PR_SET_PDEATHSIG = 1


def main() -> int:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a script prints goes to the log
    order: dict[str, Any] = json.load(sys.stdin)
    _die_with(order["parent"])
    if order["cpus"]:
        os.sched_setaffinity(0, order["cpus"])
    try:
        script = resolved(order["folder"], order["entry"])
        answer = {
            "done": _visits(order, script, answers)
            if order["kind"] == "visits"
            else _audited(order, script)
        }
    except BadEntry as error:
        answer = {"refused": str(error)}
    json.dump(answer, answers)
    answers.close()
    return 0


def _visits(order: Mapping[str, Any], kind: Any, answers: TextIO) -> dict[str, Any]:
    from dataclasses import asdict

    from assay.hosting.orders import VisitOrder

    def begins(unix_ns: int) -> None:
        print(json.dumps({"begins": unix_ns}), file=answers, flush=True)

    locust = sys.modules.get("locust")
    if locust is not None and inspect.isclass(kind) and issubclass(kind, locust.User):
        locust_users = importlib.import_module("assay.hosting.locust_users")
        return asdict(locust_users.run(VisitOrder(**order), kind, begins))
    import asyncio
    from pathlib import Path

    from assay.hosting.visiting import Block
    from assay.scripts.history import History
    from assay.scripts.journey import Journey

    if not (inspect.isclass(kind) and issubclass(kind, Journey)):
        raise BadEntry(f"{order['entry']} is no class of assay.scripts.Journey, nor of locust.User")
    # By lines: what was done stands there, whatever happens to us.
    with Path(order["history"]).open("x", 1, encoding="utf-8", newline="") as file:
        block = Block(VisitOrder(**order), kind, begins, History(file))
        return asdict(asyncio.run(block.run()))


def _audited(order: Mapping[str, Any], audit: Any) -> dict[str, Any]:
    import asyncio
    from dataclasses import asdict

    from assay.scripts.audit import Asked, Findings

    if not callable(audit):
        raise BadEntry(f"{order['entry']} is no function")
    asked = Asked(
        order["addresses"],
        order["provided"],
        [(subject, outcome) for subject, outcome in order["visits"]],
        order["final"],
        tuple(order["broken"]) if order["broken"] else None,
        order["histories"],
    )
    found: object = (
        asyncio.run(audit(asked)) if inspect.iscoroutinefunction(audit) else audit(asked)
    )
    if not isinstance(found, Findings):
        raise BadEntry(f"{order['entry']} gave {type(found).__name__}, not assay.scripts.Findings")
    return asdict(found)


def _die_with(parent: int) -> None:
    """Be killed when whoever gave the order ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    # Ctrl-C is for assay, which tells us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
