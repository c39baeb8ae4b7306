"""Real processes: order, readiness, restarts, what a process is given."""

from __future__ import annotations

import json
import os
import pwd
import socket
from pathlib import Path
from urllib.request import urlopen

import pytest

from assay.systems import Address, StartFailed, SystemDown, UnknownName
from assay.systems.ports import Ports

pytestmark = pytest.mark.integration

TWO_VARIANTS = """
assay: 1
switches: { kind: [plain, other] }
processes:
  store:
    run: ["{python}", PROGRAMS/web.py, "{port}"]
    ready: { http: "{port}/" }
  fill:
    run: [sh, -c, "echo {store.port} >> {root}/filled; echo 1 > {scratch}/ids"]
    once: true
    needs: [store]
    provides: { ids: "{scratch}/ids", store: "http://127.0.0.1:{store.port}/ids" }
  web:
    needs: [fill]
    run: ["{python}", PROGRAMS/web.py, "{port.http}"]
    by: { kind: { plain: {}, other: { env: { STORE: "{store.port}" } } } }
    ready: { tcp: "{port.http}" }
    serves: { web: "http://127.0.0.1:{port.http}" }
"""
VARIANTS = {"before": {"kind": "plain"}, "after": {"kind": "other"}}


async def test_starts_in_order_and_stops_in_reverse(bench, alive) -> None:
    async with bench.system(TWO_VARIANTS, VARIANTS) as system:
        await system.up(["before", "after"])
        assert bench.kinds("store", "fill") == [
            *(("starting", "store"), ("ready", "store")),
            *(("starting", "fill"), ("ready", "fill")),
        ]
        assert bench.kinds()[4:6] == [("starting", "web")] * 2
        before, after = (system.address(name, "web") for name in VARIANTS)
        assert before != after
        for address in (before, after):
            assert status(address) == 200
        assert content(system.provided("after", "fill.ids")) == "1\n"
        assert system.provided("after", "fill.store").startswith("http://127.0.0.1:")
        assert system.addresses("after") == {"web": after}
        system.check()
        used = {(usage.process, usage.variant): usage for usage in system.usage()}
        assert set(used) == {("store", None), ("web", "before"), ("web", "after")}
        assert all(usage.rss_bytes > 1_000_000 and usage.cpu_s > 0 for usage in used.values())
        everyone = system.pids()
        assert len(everyone) == 3
        bench.events.clear()
    assert bench.kinds()[-2:] == [("stopping", "store"), ("stopped", "store")]
    assert sorted(bench.kinds("web")) == [("stopped", "web")] * 2 + [("stopping", "web")] * 2
    assert not alive(everyone)
    for address in (before, after):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address.host, address.port))
    with pytest.raises(SystemDown, match=r"web \(after\) is not up"):
        system.address("after", "web")
    with pytest.raises(SystemDown):
        await system.up(["after"])


async def test_a_restart_is_of_the_variant_alone(bench) -> None:
    async with bench.system(TWO_VARIANTS, VARIANTS) as system:
        await system.up(["before"])
        await system.up(["before", "after"])
        own, others, shared = system.pids("after"), system.pids("before"), system.pids()
        shared -= own | others
        await system.restart(["after"])
        fresh = system.pids("after")
        assert fresh
        assert not fresh & own
        assert system.pids("before") == others
        assert system.pids() == shared | others | fresh
        assert status(system.address("after", "web")) == 200
        assert len((bench.folder / "filled").read_text().splitlines()) == 1
        assert bench.log("web.after").count("assay starts") == 2
        with pytest.raises(UnknownName, match="did you mean `after`"):
            await system.restart(["aftr"])


async def test_a_stopped_variant_leaves_the_others_and_can_be_started_again(bench) -> None:
    async with bench.system(TWO_VARIANTS, VARIANTS) as system:
        await system.up(["before", "after"])
        everyone = system.pids()
        await system.stop(["after"])
        assert system.pids("after") == set()
        assert system.pids() < everyone
        assert status(system.address("before", "web")) == 200
        with pytest.raises(SystemDown, match=r"web \(after\) is not up"):
            system.address("after", "web")
        system.check()
        await system.restart(["after"])
        assert status(system.address("after", "web")) == 200
        with pytest.raises(UnknownName, match="did you mean `after`"):
            await system.stop(["aftr"])


async def test_processes_that_do_not_need_each_other_start_side_by_side(bench) -> None:
    stack = """
assay: 1
processes:
  ann:
    run: ["{python}", PROGRAMS/meet.py, "{root}/ann", "{root}/bob", "{port}"]
    ready: { tcp: "{port}" }
  bob:
    run: ["{python}", PROGRAMS/meet.py, "{root}/bob", "{root}/ann", "{port}"]
    ready: { tcp: "{port}" }
"""
    async with bench.system(stack) as system:
        await system.up(["only"])
        assert [kind for kind, _ in bench.kinds()] == ["starting"] * 2 + ["ready"] * 2


@pytest.mark.parametrize(
    ("run", "ready"),
    [
        ('"{python}", PROGRAMS/web.py, "{port}", "{root}/stack.yaml"', 'http: "{port}/health"'),
        ('"{python}", PROGRAMS/web.py, "{port}"', 'http: "http://localhost:{port}/"'),
        ('"{python}", PROGRAMS/web.py, "{port}"', 'tcp: "127.0.0.1:{port}"'),
        ('"{python}", PROGRAMS/web.py, "{port}"', r"log: 'listening on \d{4,}$'"),
        ('"{python}", PROGRAMS/health.py, "{port}"', 'grpc: "{port}"'),
        ('sleep, "600"', "within: 1s"),
    ],
)
async def test_each_kind_of_readiness(bench, run: str, ready: str) -> None:
    stack = f"assay: 1\nprocesses: {{ it: {{ run: [{run}], ready: {{ {ready} }} }} }}"
    async with bench.system(stack) as system:
        await system.up(["only"])
        assert bench.kinds() == [("starting", "it"), ("ready", "it")]
        system.check()


@pytest.mark.parametrize(
    ("ready", "seen"),
    [
        ('http: "{port}"', "answers 503"),
        ('grpc: "{port}"', "the health service on 127.0.0.1:"),
        ("log: never", "matches `never`"),
    ],
)
async def test_what_is_not_ready_in_time_is_told_with_what_was_seen(
    bench, ready: str, seen: str
) -> None:
    stack = f"""
assay: 1
processes:
  late:
    run: ["{{python}}", PROGRAMS/web.py, "{{port}}", /never]
    ready: {{ {ready}, within: 1500ms }}
"""
    async with bench.system(stack) as system:
        with pytest.raises(StartFailed) as failed:
            await system.up(["only"])
    assert failed.value.reason.startswith("was not ready within 1.5 s: ")
    assert seen in failed.value.reason
    assert failed.value.tail[0].startswith("listening on ")


@pytest.mark.parametrize(
    ("process", "reason", "tail"),
    [
        (
            'run: [sh, -c, "seq 30; exit 3"], ready: { tcp: "{port}" }',
            "ended before it was ready: exit status 3",
            tuple(str(i) for i in range(11, 31)),
        ),
        ('run: [sh, -c, "kill -9 $$"], once: true', "failed: killed by SIGKILL", ()),
        (
            'run: [sh, -c, "echo asleep; sleep 60"], once: true, ready: { within: 300ms }',
            "was not done within 0.3 s",
            ("asleep",),
        ),
        ("run: [no-such-program]", "could not be started: no-such-program: No such file", ()),
        ("run: [/etc/passwd]", "could not be started: /etc/passwd: Permission denied", ()),
        ("run: [id], cwd: /nowhere", "could not be started: /nowhere: No such file", ()),
        ("run: [id], user: no-such-user", "there is no user `no-such-user` on this machine", ()),
        (
            'run: ["{python}", -c, "bytearray(300_000_000)"], once: true, limits: { memory: 90MB }',
            "failed: exit status 1",
            ("MemoryError",),
        ),
    ],
)
async def test_a_failed_start_says_why(
    bench, process: str, reason: str, tail: tuple[str, ...]
) -> None:
    async with bench.system(f"assay: 1\nprocesses: {{ it: {{ {process} }} }}") as system:
        with pytest.raises(StartFailed) as failed:
            await system.up(["only"])
        assert reason in failed.value.reason
        assert failed.value.tail[-len(tail) :] == tail
        assert f"it {failed.value.reason}\n" in str(failed.value)
        assert all(f"    {line}" in str(failed.value) for line in tail)


async def test_a_port_that_was_taken_meanwhile_is_replaced_once(bench, monkeypatch) -> None:
    stack = """
assay: 1
processes: { web: { run: ["{python}", PROGRAMS/web.py, "{port}"], ready: { log: listening } } }
"""
    free = Ports.free
    with socket.create_server(("127.0.0.1", 0)) as taken:
        offers = [[taken.getsockname()[1]]]
        monkeypatch.setattr(
            Ports, "free", lambda self, n: offers.pop() if offers else free(self, n)
        )
        async with bench.system(stack) as system:
            await system.up(["only"])
            assert [kind for kind, _ in bench.kinds()] == ["starting", "starting", "ready"]
            assert "port was taken" in bench.events[1].detail
            system.check()

        offers += [[taken.getsockname()[1]], [taken.getsockname()[1]]]
        async with bench.system(stack) as system:
            with pytest.raises(StartFailed, match="Address already in use"):
                await system.up(["only"])


async def test_a_process_gets_what_the_stack_file_says(bench) -> None:
    core = min(os.sched_getaffinity(0))
    stack = """
assay: 1
processes:
  it:
    run: ["{python}", PROGRAMS/myself.py]
    env: { MINE: "{scratch}", RETRIES: 3 }
    cwd: "{scratch}"
    limits: { memory: 512MB, files: 99 }
    ready: { log: end }
"""
    async with bench.system(stack, cpus={core}) as system:
        await system.up(["only"])
        told = bench.log("it")
    for fact in (
        *(f"uid={os.getuid()} ", f"cpus=[{core}] ", "data=512000000 ", "files=99 "),
        *("death=9 ", "leader=True ", "/it end"),
    ):
        assert fact in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a process as another user")
async def test_another_user_owns_the_scratch_folder_and_dies_with_assay_too(
    bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMPDIR")  # The folders of pytest are closed to other users.
    monkeypatch.setattr("tempfile.tempdir", None)
    stack = """
assay: 1
processes:
  it:
    run: [/usr/bin/env, python3, -c, "{{program}}"]
    env: { MINE: "{scratch}" }
    cwd: "{scratch}"
    user: nobody
    ready: { log: end }
"""
    program = (Path(__file__).with_name("programs") / "myself.py").read_text()
    stack = stack.replace('"{{program}}"', repr_yaml(program))
    async with bench.system(stack) as system:
        await system.up(["only"])
        told = bench.log("it")
    assert f"uid={pwd.getpwnam('nobody').pw_uid} " in told
    assert "death=9 " in told


def status(address: Address) -> int:
    with urlopen(str(address)) as answer:
        return answer.status


def content(path: str) -> str:
    return Path(path).read_text()


def repr_yaml(text: str) -> str:
    """As a double-quoted YAML scalar, with its braces doubled for the stack file."""
    return json.dumps(text.replace("{", "{{").replace("}", "}}"))
