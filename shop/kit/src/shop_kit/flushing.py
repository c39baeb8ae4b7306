"""Empties a Redis: `python -m shop_kit.flushing --port N`.

Says how many keys are gone; ends with 1 where there were none.
"""

from __future__ import annotations

import argparse
import sys

import valkey

from shop_kit.settings import die

TIMEOUT_S = 5.0


def flush(port: int) -> int:
    """How many keys there were in all databases. Raises valkey.ValkeyError."""
    with (
        valkey.Valkey(port=port, socket_timeout=TIMEOUT_S) as client,
        client.pipeline(transaction=True) as pipeline,
    ):
        databases, _ = pipeline.info("keyspace").flushall().execute()
    return sum(database["keys"] for database in databases.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.flushing", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    given = parser.parse_args()
    try:
        keys = flush(given.port)
    except valkey.ValkeyError as error:
        die(f"flushing: {error}")
    print(f"{keys:,} keys are gone" if keys else "there were no keys")
    sys.exit(0 if keys else 1)


if __name__ == "__main__":
    main()
