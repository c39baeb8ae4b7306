"""A shop that can do only so much: `limited.py PORT SLOTS [LOSES [FILE]]`.

`POST /orders` takes one of SLOTS for 20 ms, and answers with an id; every LOSES-th order is
acknowledged and not kept. `GET /orders` lists what was kept, `/metrics` has the slots as gauges.
With a FILE, what was kept outlives the process.
"""

import asyncio
import json
import sys
import uuid
from pathlib import Path

WORK_S = 0.02


async def main(port: int, slots: int, loses: int, file: Path | None) -> None:
    free = asyncio.Semaphore(slots)
    busy = taken = 0
    kept: list[str] = []
    life = ""
    if file is not None:
        life = f"{uuid.uuid4().hex[:6]}-"  # ids of one life are not those of another
        kept += _read(file)

    async def ordered() -> str:
        nonlocal busy, taken
        async with free:
            busy += 1
            await asyncio.sleep(WORK_S)
            busy -= 1
        taken += 1
        order = f"o-{life}{taken}"
        if not loses or taken % loses:
            kept.append(order)
            if file is not None:
                with file.open("a") as lines:
                    lines.write(order + "\n")
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


def _read(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


if __name__ == "__main__":
    port, slots, loses, *file = sys.argv[1:] if len(sys.argv) > 3 else [*sys.argv[1:], "0"]
    asyncio.run(main(int(port), int(slots), int(loses), Path(file[0]) if file else None))
