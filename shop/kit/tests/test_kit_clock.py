"""The clock of a service, which can be set while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_kit import auth
from shop_kit.auth import BadToken, Signer
from shop_kit.clock import Clock
from shop_kit.testing import free_port, listens, wait_for

SERVICE = """
import asyncio, sys
from prometheus_client import CollectorRegistry
from shop_kit.http import app, serving_http
from shop_kit.readiness import Readiness
from shop_kit.settings import host_port

async def main(address):
    async with serving_http(host_port(address), app(Readiness(), CollectorRegistry())):
        await asyncio.sleep(600)

asyncio.run(main(sys.argv[1]))
"""


def test_it_is_the_machines_until_its_file_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(file)
    assert clock.ahead_s == Clock(None).ahead_s == 0.0
    file.write_text("600\n")
    assert clock.now_s() - time.time() == pytest.approx(600, abs=1)
    assert clock.now().timestamp() - time.time() == pytest.approx(600, abs=1)
    file.with_name("other").write_text("-7200.5")
    file.with_name("other").replace(file)
    assert clock.ahead_s == -7200.5
    file.unlink()
    assert clock.ahead_s == 0.0


@pytest.mark.parametrize("nonsense", ["", "soon", "\0"])
def test_a_file_that_says_nothing_sets_nothing(tmp_path: Path, nonsense: str) -> None:
    file = tmp_path / "clock"
    file.write_text(nonsense)
    assert Clock(file).ahead_s == 0.0


@pytest.mark.parametrize(
    ("ahead_s", "why"), [(7200, "the token has expired"), (-60, "the token is not good yet")]
)
def test_a_token_is_good_by_the_clock_of_who_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead_s: float, why: str
) -> None:
    signer = Signer(b"s" * 32)
    token = signer.token("somebody", ["shop"], ttl_s=3600)
    assert signer.verified(token).subject == "somebody"
    (tmp_path / "clock").write_text(str(ahead_s))
    monkeypatch.setattr(auth, "CLOCK", Clock(tmp_path / "clock"))
    with pytest.raises(BadToken, match=why):
        signer.verified(token)
    assert signer.verified(signer.token("somebody", ["shop"], ttl_s=3600)).subject == "somebody"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """Where the metrics of a service are, whose clock is set by `clock`."""
    port = free_port()
    env = {**os.environ, "SHOP_CLOCK": str(tmp_path / "clock")}
    command = [sys.executable, "-c", SERVICE, f"127.0.0.1:{port}"]
    with subprocess.Popen(command, env=env) as process:
        wait_for(lambda: listens(port))
        yield f"http://127.0.0.1:{port}/metrics"
        process.kill()


@pytest.mark.integration
def test_the_clock_of_a_service_is_set_and_made_right(tmp_path: Path, service: str) -> None:
    def skewing(*more: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "shop_kit.skewing", "--file", str(tmp_path / "clock")]
        done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout, done.stderr

    assert skewing("--of", service, "--ahead", "7200") == (0, "its clock is 7,200 s ahead\n", "")
    assert skewing("--of", service, "--ahead", "-60") == (0, "its clock is 60 s behind\n", "")
    for _ in range(2):
        assert skewing("--right") == (0, "the clock is right\n", "")
    command = [sys.executable, "-m", "shop_kit.skewing", "--file", str(tmp_path / "of-no-one")]
    done = subprocess.run(
        [*command, "--of", service, "--ahead", "5"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "is 0 s" in done.stderr
    gone = [sys.executable, "-m", "shop_kit.skewing", "--file", str(tmp_path / "no" / "clock")]
    assert subprocess.run([*gone, "--right"], check=False, timeout=30).returncode == 0
