"""A shop that can do only so much: `limited.py PORT SLOTS [LOSES]`.

`POST /orders` takes one of SLOTS for 20 ms, and answers with an id; every LOSES-th order is
acknowledged and not kept. `GET /orders` lists what was kept, `/metrics` has the slots as gauges.
"""

import asyncio
import json
import sys

WORK_S = 0.02


async def main(port: int, slots: int, loses: int) -> None:
    free = asyncio.Semaphore(slots)
    busy = taken = 0
    kept: list[str] = []

    async def ordered() -> str:
        nonlocal busy, taken
        async with free:
            busy += 1
            await asyncio.sleep(WORK_S)
            busy -= 1
        taken += 1
        order = f"o-{taken}"
        if not loses or taken % loses:
            kept.append(order)
        return json.dumps({"id": order})

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                if head.startswith("POST /orders"):
                    body = await ordered()
                elif head.startswith("GET /orders"):
                    body = json.dumps(kept)
                else:
                    body = f"slots_busy {busy}\nslots_max {slots}\n"
                writer.write(
                    f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int((*sys.argv, 0)[3])))
