"""A shop that limps after a kill: `limping.py PORT LIMPS_S FILE`.

`POST /orders` answers with an id after 20 ms. In LIMPS_S after every start but the first, which
FILE tells, it answers 503. `/healthz` answers at once, `/metrics` tells whether it limps, how many
orders it was asked for, and how many of them again (`POST /orders/again`).
"""

import asyncio
import json
import sys
import time
import uuid
from pathlib import Path

WORK_S = 0.02


async def main(port: int, limps_s: float, again: bool) -> None:
    until_s = time.monotonic() + (limps_s if again else 0.0)
    asked = {"shop_orders": 0, "shop_orders_again": 0}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                status, body = "200 OK", "{}"
                if head.startswith(b"POST /orders"):
                    asked["shop_orders"] += 1
                    asked["shop_orders_again"] += head.startswith(b"POST /orders/again")
                    await asyncio.sleep(WORK_S)
                    body = json.dumps({"id": uuid.uuid4().hex})
                    if time.monotonic() < until_s:
                        status, body = "503 Service Unavailable", "{}"
                elif head.startswith(b"GET /metrics"):
                    limps = int(time.monotonic() < until_s)
                    body = f"# TYPE shop_limps gauge\nshop_limps {limps}\n" + "".join(
                        f"# TYPE {name} counter\n{name}_total {count}\n"
                        for name, count in asked.items()
                    )
                answer = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n{body}"
                writer.write(answer.encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    port, limps_s, file = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    again = file.exists()
    file.touch()
    asyncio.run(main(port, limps_s, again))
