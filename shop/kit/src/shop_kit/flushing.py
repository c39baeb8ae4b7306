"""Empties a Redis: `python -m shop_kit.flushing --port N`.

Says how many keys are gone; ends with 1 where there were none.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys

from shop_kit.settings import die

TIMEOUT_S = 5.0


class FlushError(Exception):
    """Nothing is known to be gone; the message says why."""


def flush(port: int) -> int:
    """How many keys there were in all databases. Raises FlushError, OSError."""
    address = "127.0.0.1", port
    with (
        socket.create_connection(address, TIMEOUT_S) as connection,
        connection.makefile("rwb") as redis,
    ):
        redis.write(b"INFO keyspace\r\nFLUSHALL\r\n")
        redis.flush()
        head = redis.readline().decode()
        if not head.startswith("$"):
            raise FlushError(head.strip() or "it closed the connection")
        # db0:keys=12,expires=3,avg_ttl=0
        databases = redis.read(int(head[1:]) + 2).decode()
        if (said := redis.readline().decode().strip()) != "+OK":
            raise FlushError(said or "it closed the connection")
    return sum(int(keys) for keys in re.findall(r"keys=(\d+)", databases))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.flushing", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    given = parser.parse_args()
    try:
        keys = flush(given.port)
    except (FlushError, OSError) as error:
        die(f"flushing: {error}")
    print(f"{keys:,} keys are gone" if keys else "there were no keys")
    sys.exit(0 if keys else 1)


if __name__ == "__main__":
    main()
