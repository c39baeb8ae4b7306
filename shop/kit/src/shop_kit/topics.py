"""Sees to it that topics are there: `python -m shop_kit.topics --bootstrap HOST:PORT NAME=N…`.

A topic that is there already stays as it is; one with another number of partitions is an error, for
its keys would not be where their order is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import re

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from shop_kit.settings import die

MOST_COPIES = 3
TIMEOUT_S = 20


class TopicsError(Exception):
    """The topics are not as asked for; the message says which, and why."""


async def ensure(bootstrap: str, partitions: dict[str, int]) -> None:
    """Topics with so many partitions each, in three copies or as many as there are brokers.

    Raises TopicsError.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await admin.start()
            brokers = (await admin.describe_cluster())["brokers"]
            for name, count in partitions.items():
                topic = NewTopic(name, count, min(MOST_COPIES, len(brokers)))
                answer = await admin.create_topics([topic])
                code, said = answer.topic_errors[0][1:3]
                if code not in (0, TopicAlreadyExistsError.errno):
                    raise TopicsError(f"{name} cannot be made: {said or code}")
            # Who asks too soon after is told that there is no such topic.
            while await _missing(admin, partitions):  # noqa: ASYNC110 (Kafka has no event for it)
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise TopicsError(f"{bootstrap} does not answer within {TIMEOUT_S} s") from error
    except (KafkaError, OSError) as error:
        raise TopicsError(f"{bootstrap}: {error}") from error
    finally:
        await admin.close()


async def _missing(admin: AIOKafkaAdminClient, partitions: dict[str, int]) -> list[str]:
    """Raises TopicsError where one is there with another number of partitions."""
    missing: list[str] = []
    for topic in await admin.describe_topics(list(partitions)):
        name, found = topic["topic"], len(topic["partitions"])
        if topic["error_code"] or not found:
            missing.append(name)
        elif found != partitions[name]:
            raise TopicsError(f"{name} has {found} partitions, not {partitions[name]}")
    return missing


def _topic(text: str) -> tuple[str, int]:
    found = re.fullmatch(r"([A-Za-z0-9._-]{1,200})=([1-9]\d{0,3})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no topic; write such as orders=6")
    return found[1], int(found[2])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.topics", description=__doc__)
    parser.add_argument("--bootstrap", required=True, help="a broker, such as 127.0.0.1:9092")
    parser.add_argument("topics", type=_topic, nargs="+", metavar="NAME=PARTITIONS")
    given = parser.parse_args()
    try:
        asyncio.run(ensure(given.bootstrap, dict(given.topics)))
    except TopicsError as error:
        die(f"topics: {error}")


if __name__ == "__main__":
    main()
