"""Who kept the processors busy: one sample of `/proc`, cheap enough for both ends of a block."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PF_KTHREAD = 0x00200000
"""Flag of the kernel's own threads in `/proc/<pid>/stat`."""


@dataclass(frozen=True)
class Sample:
    """Processor time in seconds since the machine (or the processes) started."""

    busy_s: float
    """Of all processors in processes, user and system; interrupts left out."""
    stolen_s: float
    """That the hypervisor gave to others."""
    ours_s: float
    """Of our processes, their descendants, and those that have ended and were waited for."""
    kernel_s: float
    """Of the kernel's own threads."""


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    kernel: bool
    own_ticks: int
    waited_ticks: int
    """Of children that ended: when one of ours ends, its time moves here and is not lost."""


def sample(proc: Path, pids: Collection[int]) -> Sample | None:
    """The state now; None where `proc` does not show it."""
    total = _total(proc / "stat")
    if total is None:
        return None
    busy_ticks, stolen_ticks = total
    processes = list(_processes(proc))
    ours = _family(processes, pids)
    return Sample(
        busy_s=busy_ticks / _TICKS_PER_S,
        stolen_s=stolen_ticks / _TICKS_PER_S,
        ours_s=sum(p.own_ticks + p.waited_ticks for p in ours) / _TICKS_PER_S,
        kernel_s=sum(p.own_ticks for p in processes if p.kernel) / _TICKS_PER_S,
    )


def _total(path: Path) -> tuple[int, int] | None:
    """(busy, stolen) ticks of all processors together, from the first line of `/proc/stat`."""
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            words = file.readline().split()
        # cpu user nice system idle iowait irq softirq steal …; guests are counted in user already.
        user, nice, system = (int(word) for word in words[1:4])
        stolen = int(words[8]) if len(words) > 8 else 0
    except (OSError, ValueError):
        return None
    return user + nice + system, stolen


def _processes(proc: Path) -> Iterable[_Process]:
    for name in os.listdir(proc):  # noqa: PTH208 - names only; a Path each would double the cost
        if name.isdigit():
            try:
                text = (proc / name / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # ended between the listing and the reading
            # The second field is the program's name in parentheses, which may hold anything.
            fields = text[text.rindex(")") + 2 :].split()
            yield _Process(
                pid=int(name),
                parent=int(fields[1]),
                kernel=bool(int(fields[6]) & _PF_KTHREAD),
                own_ticks=int(fields[11]) + int(fields[12]),
                waited_ticks=int(fields[13]) + int(fields[14]),
            )


def _family(processes: list[_Process], pids: Collection[int]) -> list[_Process]:
    """Those with these pids and all their descendants."""
    children: dict[int, list[_Process]] = {}
    for process in processes:
        children.setdefault(process.parent, []).append(process)
    waiting = [process for process in processes if process.pid in pids]
    family: dict[int, _Process] = {}
    while waiting:
        process = waiting.pop()
        if process.pid not in family:
            family[process.pid] = process
            waiting += children.get(process.pid, ())
    return list(family.values())
