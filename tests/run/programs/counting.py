"""An HTTP server that counts: `counting.py PORT SHARE`.

Each answer is counted at `/metrics`, as a hit with the chance SHARE. After the first 500 answers
only: until then nothing hits, as in a cache that is empty.
"""

import asyncio
import random
import sys

FIRST = 500


async def main(port: int, share: float) -> None:
    chance = random.Random(port)
    hits = reads = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hits, reads
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = "ok"
                if head.startswith(b"GET /metrics"):
                    body = f"# TYPE hits counter\nhits_total {hits}\nreads_total {reads}\n"
                elif not head.startswith(b"GET /healthz"):
                    reads += 1
                    hits += reads > FIRST and chance.random() < share
                writer.write(
                    f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
