"""What runs in a new process before the program that it is for; needs the standard library only:

    python -I -S launch.py '{"parent": 1, "run": ["sleep", "1"], …}'

Popen's preexec_fn would do this in a fork of a process with threads, where a lock that another
thread held is never released; here it is a program of its own, ten milliseconds long.

What goes wrong is written to the descriptor `report`, which the program itself never sees: it is
closed when the program begins, and that tells the parent that it has begun.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_NOT_BEGUN = 127


def main() -> NoReturn:
    wanted: dict[str, Any] = json.loads(sys.argv[1])
    report: int = wanted["report"]
    try:
        os.set_inheritable(report, False)
        _die_with(wanted["parent"])
        for name, value in wanted["limits"]:
            _limit(name, value)
        if wanted["cpus"] is not None:
            os.sched_setaffinity(0, wanted["cpus"])
        if wanted["user"] is not None:
            _become(wanted["user"])
            # The kernel forgets it when the user changes.
            _die_with(wanted["parent"])
        os.chdir(wanted["cwd"])
        _default_signals()
        _begin(wanted["run"])
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        os.write(report, f"{where}{error.strerror}".encode())
    except ValueError as error:
        os.write(report, str(error).encode())
    os._exit(_NOT_BEGUN)


def _die_with(parent: int) -> None:
    """Be killed when the parent's thread that started this process ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot be tied to the life of assay")
    if os.getppid() != parent:
        # It ended before the line above: nobody would send the signal any more.
        os._exit(_NOT_BEGUN)


def _limit(name: str, value: int) -> None:
    kind: int = getattr(resource, name)
    _, hard = resource.getrlimit(kind)
    try:
        resource.setrlimit(kind, (value, value))
    except ValueError as error:
        raise ValueError(f"{name} cannot be {value}: the most here is {hard}") from error


def _become(user: dict[str, Any]) -> None:
    os.setgroups(user["groups"])
    os.setgid(user["gid"])
    os.setuid(user["uid"])


def _default_signals() -> None:
    """As a new program expects them: exec keeps what is ignored, by Python (SIGPIPE) or because
    assay runs in the background of a script (SIGINT)."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _begin(run: list[str]) -> NoReturn:
    try:
        os.execvp(run[0], run)
    except OSError as error:
        raise OSError(error.errno, error.strerror, run[0]) from None


main()
