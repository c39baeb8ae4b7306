"""A Redis of one's own."""

from __future__ import annotations

import subprocess
import sys

import pytest
import valkey
from shop_kit import redis
from shop_kit.testing import Redis


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", 7),
        ("Valkey server v=8.1.8 sha=00000000:0 malloc=libc bits=64", 8),
        ("postgres (PostgreSQL) 15.18", None),
        ("", None),
    ],
)
def test_versions_are_read(said: str, major: int | None) -> None:
    assert redis.major_version(said) == major


@pytest.mark.integration
def test_it_is_a_cache_within_its_memory(tmp_path) -> None:
    server = Redis(tmp_path / "data")
    server.start(memory="3mb")
    try:
        client = valkey.Valkey(port=server.port)
        for i in range(3_000):
            client.set(f"key {i}", b"x" * 1_000)
        assert 0 < client.dbsize() < 3_000
        assert client.config_get("save") == {"save": ""}
        client.close()
    finally:
        server.kill()
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "0"], "write a number from 1 to 65535"),
        (["--port", "6379", "--memory", "lots"], "write such as 256mb"),
        (["--port", "6379", "--data", "/proc/none"], "--data /proc/none"),
    ],
)
def test_wrong_arguments_are_explained(tmp_path, arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", "shop_kit.redis", "--data", str(tmp_path), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 2
    assert said in ran.stderr
