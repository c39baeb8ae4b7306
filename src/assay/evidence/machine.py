"""The machine that a run was measured on: what it is, and what it did beside the run's work."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from assay.evidence.block import Machine
from assay.evidence.processor import Sample, sample

UNKNOWN = "unknown"
NOT_EXPOSED = "not exposed"
_ROOT = Path("/")


@dataclass(frozen=True)
class MachineDescription:
    """A fingerprint: absolute figures of two runs compare only where it is the same."""

    cpu: str
    cores: int
    """That this process may run on."""
    governor: str
    """Of the frequency of the cores; `not exposed` on most virtual machines."""
    kernel: str
    virtualisation: str
    """`none`, `docker`, `kvm`, … as far as the machine shows it."""
    memory_bytes: int | None
    load_before: tuple[float, float, float] | None
    """Load average over 1, 5 and 15 minutes, before anything was started."""
    clock_source: str


def describe_machine(root: Path = _ROOT) -> MachineDescription:
    """This machine, from `/proc` and `/sys` below `root`; what cannot be read is `unknown`."""
    cpuinfo = _fields(root / "proc/cpuinfo")
    return MachineDescription(
        # ARM kernels name no model; the implementer's number is better than nothing.
        cpu=cpuinfo.get("model name") or cpuinfo.get("CPU implementer") or UNKNOWN,
        cores=len(os.sched_getaffinity(0)),
        governor=_governor(root),
        kernel=f"{platform.system()} {platform.release()}".strip() or UNKNOWN,
        virtualisation=_virtualisation(root, cpuinfo),
        memory_bytes=_memory_bytes(root),
        load_before=_load(root),
        clock_source=_text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource")
        or UNKNOWN,
    )


class MachineWatch:
    """Watches the machine while a block runs: one sample at its start, one when it is stopped.

    `pids` are the processes of the run, the system's and the engine's own; their descendants count
    with them. What else kept processors busy is the neighbours', the kernel's own threads and
    interrupts left out: they mostly work for those who send and store.
    """

    def __init__(self, pids: Collection[int], proc: Path = _ROOT / "proc") -> None:
        self._pids = frozenset(pids)
        self._proc = proc
        self._begun_s = time.monotonic()
        self._before = sample(proc, self._pids)

    def stop(self) -> Machine:
        """What was seen since the start, in cores; zeros where the machine does not tell."""
        elapsed_s = time.monotonic() - self._begun_s
        return between(self._before, sample(self._proc, self._pids), elapsed_s)


def between(before: Sample | None, after: Sample | None, elapsed_s: float) -> Machine:
    """The machine's side of a block from two samples of its processors."""
    if before is None or after is None or elapsed_s <= 0:
        return Machine(neighbour_cores=0.0, stolen_cores=0.0)
    busy_s = after.busy_s - before.busy_s
    excused_s = (after.ours_s - before.ours_s) + (after.kernel_s - before.kernel_s)
    return Machine(
        neighbour_cores=round(max(0.0, busy_s - excused_s) / elapsed_s, 4),
        stolen_cores=round(max(0.0, after.stolen_s - before.stolen_s) / elapsed_s, 4),
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None


def _fields(path: Path) -> dict[str, str]:
    """`name : value` lines; the first of each name."""
    fields: dict[str, str] = {}
    for line in (_text(path) or "").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    return fields


def _governor(root: Path) -> str:
    """The governor of the cores; all of them where they differ."""
    files = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor")
    found = {text for file in files if (text := _text(file))}
    return ", ".join(sorted(found)) or NOT_EXPOSED


def _virtualisation(root: Path, cpuinfo: dict[str, str]) -> str:
    """A hint, container first: it says what shares the machine with us."""
    hints: list[str] = []
    cgroup = _text(root / "proc/1/cgroup") or ""
    if (root / ".dockerenv").exists() or "docker" in cgroup:
        hints.append("docker")
    elif (root / "run/.containerenv").exists():
        hints.append("podman")
    elif "kubepods" in cgroup:
        hints.append("kubernetes")
    if "hypervisor" in cpuinfo.get("flags", "").split():
        product = _text(root / "sys/class/dmi/id/product_name")
        hints.append(
            _text(root / "sys/hypervisor/type") or product or "a hypervisor that gives no name"
        )
    if not cpuinfo:
        hints.append(UNKNOWN)
    return " on ".join(hints) or "none"


def _memory_bytes(root: Path) -> int | None:
    total = _fields(root / "proc/meminfo").get("MemTotal", "").split()
    return int(total[0]) * 1024 if total and total[0].isdigit() else None


def _load(root: Path) -> tuple[float, float, float] | None:
    words = (_text(root / "proc/loadavg") or "").split()
    try:
        one, five, fifteen = (float(word) for word in words[:3])
    except ValueError:
        return None
    return one, five, fifteen
