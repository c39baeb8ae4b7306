"""How long an audit of a million events takes, beside only reading what it reads."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from shop_kit.topics import ensure
from shop_messages import PARTITIONS

from bench import peers
from bench.audits import history
from bench.stack import SHOP, VARIANT, running

CHECKOUTS = 100_000
KEY = "the key of a provider that is only read"


def main() -> None:
    """Print seconds, events a second, the ratio, and that all that was planted was found."""
    sys.path.insert(0, str(SHOP))
    from audits import orders

    ids = history.names(CHECKOUTS)
    with (
        tempfile.TemporaryDirectory(prefix="assay-bench-") as folder,
        running("bus.broker", "books.order", checkout="saga") as shop,
    ):
        provided = shop.system.provisions(VARIANT)
        dsns = {name: provided[f"books.{name}"] for name in history_stores()}
        print(f"\naudit of {CHECKOUTS:,} checkouts; their history is being written")
        asyncio.run(history.fill(dsns, ids))
        asyncio.run(ensure(provided["bus.broker"], PARTITIONS))
        events = asyncio.run(history.say(provided["bus.broker"], ids))
        ledger, port = Path(folder) / "ledger.sqlite", peers.free_port()
        history.write_ledger(ledger, ids)
        env = {
            "PAYMENT_PROVIDER_LEDGER": str(ledger),
            "PAYMENT_PROVIDER_KEY": KEY,
            "PAYMENT_PROVIDER_HTTP_ADDR": f"127.0.0.1:{port}",
        }
        with peers.server([sys.executable, "-m", "payment_provider"], port, **env):
            stores = orders.Stores(
                **dsns,
                provider=f"http://127.0.0.1:{port}",
                provider_key=KEY,
                kafka=provided["bus.broker"],
            )
            read_s, _ = _timed(lambda: orders.read(stores))
            audit_s, found = _timed(lambda: orders.audit(stores, ids))
    print(
        f"  {events:,} events in {audit_s:.1f} s ({events / audit_s:,.0f}/s);"
        f" reading alone takes {read_s:.1f} s: {audit_s / read_s:.2f}x"
    )
    for name, checkout_id in history.PLANTED.items():
        seen = any(checkout_id in each for each in found[name].ids)
        print(f"  planted {name}: {'found' if seen else 'NOT FOUND'}")
        if not seen:
            raise SystemExit(1)


def history_stores() -> tuple[str, ...]:
    return ("checkout", "inventory", "payment", "order")


def _timed(work: Callable[[], Awaitable[object]]) -> tuple[float, object]:
    async def run() -> object:
        return await work()

    began_s = time.monotonic()
    found = asyncio.run(run())
    return time.monotonic() - began_s, found
