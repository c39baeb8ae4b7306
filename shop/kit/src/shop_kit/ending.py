"""The end of a Kafka client, within a few seconds, whatever its broker does."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

GOODBYE_S = 2.0


async def ended(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stopped, and no connection open, also where the library's own end fails or hangs.

    Where a fetch is under way, a consumer's ends with a cancellation of its own, not of ours. Where
    a batch fails meanwhile, a producer's may miss it (KeyError).
    """
    connections = client.client if isinstance(client, AIOKafkaProducer) else client._client
    stopping = asyncio.create_task(client.stop())
    await asyncio.wait((stopping,), timeout=GOODBYE_S)
    stopping.cancel()
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_S):
            await asyncio.gather(stopping, connections.close(), return_exceptions=True)
