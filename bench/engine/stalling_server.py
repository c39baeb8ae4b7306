"""An HTTP server of known latency: it answers at once, and stands still for 200 ms every 2 s.

For requests that arrive evenly in time the true percentiles can be computed: one in ten arrives
during a stall and waits for the rest of it, so that latency is uniform on 0 … 200 ms for a tenth of
them and about zero for the others. A tool that waits for an answer before it sends the next request
(coordinated omission) sees a stall as one slow request.
"""

from __future__ import annotations

import asyncio
import sys
import time

STALL_S = 0.2
PERIOD_S = 2.0
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def true_quantile_ms(q: float) -> float:
    """Latency at quantile `q` in ms, of requests spread evenly over time."""
    share_stalled = STALL_S / PERIOD_S
    return max(0.0, STALL_S - PERIOD_S * (1.0 - q)) * 1e3 if q > 1 - share_stalled else 0.0


class _Answering(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(_Answering, "127.0.0.1", port)
    due = time.monotonic()
    while True:
        due += PERIOD_S
        await asyncio.sleep(due - time.monotonic())
        # On purpose: the whole process stands still, as in a garbage collection.
        time.sleep(STALL_S)  # noqa: ASYNC251


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
