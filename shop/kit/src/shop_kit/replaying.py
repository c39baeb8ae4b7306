"""Says again what topics hold: `python -m shop_kit.replaying --bootstrap HOST:PORT TOPIC…`.

The last records of each partition are put at its end once more, the last one first: with the key,
the value and the headers that they had. Kafka promises each record at least once and in its order;
whoever hears these must be able to take them for what they are.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from shop_kit.ending import ended
from shop_kit.settings import die

LAST = 50
"""Of each partition, where nobody says otherwise."""
TIMEOUT_S = 15.0


async def replay(bootstrap: str, topics: Sequence[str], last: int) -> int:
    """How many records came again. Raises KafkaError, OSError, TimeoutError."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, enable_auto_commit=False)
    # No producer with a memory of its own: a repeated record is what is wanted.
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await consumer.start()
            await producer.start()
            records = await _last(consumer, last)
            sent = [
                await producer.send(
                    *(record.topic, record.value, record.key, record.partition),
                    headers=list(record.headers),
                )
                for record in reversed(records)
            ]
            await asyncio.gather(*sent)
    finally:
        await ended(producer)
        await ended(consumer)
    return len(records)


async def _last(consumer: AIOKafkaConsumer, last: int) -> list[ConsumerRecord]:
    """The last records of each partition, in their order."""
    partitions = list(consumer.assignment())
    begins = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    for partition in partitions:
        consumer.seek(partition, max(begins[partition], ends[partition] - last))
    records: list[ConsumerRecord] = []
    left = [each for each in partitions if ends[each] > begins[each]]
    while left:
        for some in (await consumer.getmany(timeout_ms=500)).values():
            records += [r for r in some if r.offset < ends[TopicPartition(r.topic, r.partition)]]
        left = [each for each in left if await consumer.position(each) < ends[each]]
    return records


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of records; write such as {LAST}")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.replaying", description=__doc__)
    parser.add_argument("--bootstrap", required=True, help="a broker, such as 127.0.0.1:9092")
    parser.add_argument("--last", type=_count, default=LAST, help="of a partition (%(default)s)")
    parser.add_argument("topics", nargs="+", metavar="TOPIC")
    given = parser.parse_args()
    try:
        came = asyncio.run(replay(given.bootstrap, given.topics, given.last))
    except TimeoutError:
        die(f"replaying: {given.bootstrap} does not answer within {TIMEOUT_S:g} s")
    except (KafkaError, OSError) as error:
        die(f"replaying: {error!r}")
    print(f"{came:,} events came again, the last first" if came else "there are no events")
    sys.exit(0 if came else 1)


if __name__ == "__main__":
    main()
