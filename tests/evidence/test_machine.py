import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.evidence import Machine, MachineWatch, describe_machine
from assay.evidence.machine import between
from assay.evidence.processor import Sample, sample

STAT = "cpu  1000 50 200 90000 10 7 9 30 0 0\ncpu0 1000 50 200 90000 10 7 9 30 0 0\n"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def process(pid: int, parent: int, own: int, waited: int = 0, flags: int = 0) -> str:
    return f"{pid} (a (b) c) S {parent} 0 0 0 0 {flags} 0 0 0 0 {own} 0 {waited} 0 20 0 1 0 99 0\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_machine_that_shows_everything(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/cpuinfo": "model name\t: Example 9000\nflags\t: fpu hypervisor\n"
            "\nmodel name\t: Another\n",
            "proc/meminfo": "MemTotal:        8000000 kB\nMemFree: 1 kB\n",
            "proc/loadavg": "0.50 0.25 0.10 1/200 4242\n",
            "proc/1/cgroup": "0::/docker/0123\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
            "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
            "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
            "sys/class/dmi/id/product_name": "KVM\n",
        },
    )
    seen = describe_machine(root)
    assert seen.cpu == "Example 9000"
    assert seen.governor == "performance, powersave"
    assert seen.virtualisation == "docker on KVM"
    assert seen.memory_bytes == 8_000_000 * 1024
    assert seen.load_before == (0.5, 0.25, 0.1)
    assert seen.clock_source == "tsc"


def test_a_machine_that_shows_nothing(tmp_path: Path) -> None:
    seen = describe_machine(tmp_path)
    assert (seen.cpu, seen.virtualisation, seen.clock_source) == ("unknown",) * 3
    assert seen.governor == "not exposed"
    assert (seen.memory_bytes, seen.load_before) == (None, None)
    assert MachineWatch([1], tmp_path / "proc").stop() == Machine(0.0, 0.0)


def test_a_sample_counts_ours_with_descendants_and_the_waited_for(tmp_path: Path) -> None:
    proc = write(
        tmp_path,
        {
            "stat": STAT,
            "10/stat": process(10, 1, own=100, waited=40),
            "11/stat": process(11, 10, own=20),
            "12/stat": process(12, 11, own=3),
            "99/stat": process(99, 1, own=500),
            "2/stat": process(2, 0, own=60, flags=0x00200000),
        },
    )
    seen = sample(proc, {10, 12})
    assert seen is not None
    assert seen.ours_s == pytest.approx(163 * TICK_S)
    assert seen.kernel_s == pytest.approx(60 * TICK_S)
    assert seen.busy_s == pytest.approx(1_250 * TICK_S)
    assert seen.stolen_s == pytest.approx(30 * TICK_S)


def test_neighbours_are_what_is_left() -> None:
    before = Sample(busy_s=100.0, stolen_s=1.0, ours_s=50.0, kernel_s=5.0)
    after = Sample(busy_s=110.0, stolen_s=1.5, ours_s=54.0, kernel_s=6.0)
    assert between(before, after, 5.0) == Machine(neighbour_cores=1.0, stolen_cores=0.1)


def test_rounding_of_ticks_never_gives_negative_neighbours() -> None:
    before = Sample(busy_s=100.0, stolen_s=0.0, ours_s=50.0, kernel_s=0.0)
    after = Sample(busy_s=104.0, stolen_s=0.0, ours_s=54.02, kernel_s=0.0)
    assert between(before, after, 4.0).neighbour_cores == 0.0


BURN = "import sys\nprint(flush=True)\nwhile True: pass"


@pytest.mark.integration
def test_a_burning_process_is_ours_or_a_neighbour() -> None:
    burner = subprocess.Popen([sys.executable, "-c", BURN], stdout=subprocess.PIPE)
    try:
        assert burner.stdout is not None
        with burner.stdout as said:
            said.readline()
        # Two watches on the same stretch: they differ by what the burner used, whoever else works.
        knowing, unknowing = MachineWatch([burner.pid]), MachineWatch([])
        burnt_until_s = _cpu_s(burner.pid) + 0.5
        while _cpu_s(burner.pid) < burnt_until_s:
            time.sleep(0.02)
        as_neighbour, as_ours = unknowing.stop(), knowing.stop()
    finally:
        burner.kill()
        burner.wait()
    assert as_neighbour.neighbour_cores - as_ours.neighbour_cores > 0.1


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def test_a_sample_is_cheap_enough_for_both_ends_of_a_block() -> None:
    begun_s = time.process_time()
    for _ in range(5):
        sample(Path("/proc"), {os.getpid()})
    assert (time.process_time() - begun_s) / 5 < 0.1
