"""An HTTP server of known latency: `known_latency.py PORT SCALE`.

Each answer comes after a delay that is lognormal, with a median of 5 ms times SCALE; no answer
waits for another. So the ratio of any quantile of two such servers is that of their scales.
`/healthz` answers at once.
"""

import asyncio
import math
import random
import sys

MEDIAN_S = 0.005
SIGMA = 0.4
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def main(port: int, scale: float) -> None:
    chance = random.Random(port)
    centre = math.log(MEDIAN_S * scale)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"GET /healthz"):
                    await asyncio.sleep(chance.lognormvariate(centre, SIGMA))
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        print(f"serving with a median of {MEDIAN_S * scale * 1e3:g} ms", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
