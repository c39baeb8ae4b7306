"""An HTTP server that tires at its first starts: `tiring.py PORT STARTS FILE`.

An answer takes 5 ms; in each of the first STARTS starts, which FILE counts, it takes 40 ms once
0.7 s have passed since the first request after a pause. `/healthz` answers at once.
"""

import asyncio
import sys
import time
from pathlib import Path

FRESH_S, TIRED_S = 0.005, 0.040
TIRES_AFTER_S = 0.7
PAUSE_S = 0.2
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def main(port: int, tires: bool) -> None:
    begun_s = last_s = -PAUSE_S

    def work_s() -> float:
        nonlocal begun_s, last_s
        now_s = time.monotonic()
        if now_s - last_s > PAUSE_S:
            begun_s = now_s
        last_s = now_s
        return TIRED_S if tires and now_s - begun_s > TIRES_AFTER_S else FRESH_S

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"GET /healthz"):
                    await asyncio.sleep(work_s())
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    port, starts, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    with file.open("a+") as counted:
        counted.write("started\n")
    asyncio.run(main(port, len(file.read_text().splitlines()) <= starts))
