"""A Kafka broker of one's own: `python -m shop_kit.kafka --data DIR --port N --controller-port N`.

One node of a KRaft cluster, broker and controller in one process. It formats its storage where DIR
is empty, and then becomes the server, so that signals reach it. Alone by default; of several, each
is given the same `--voters` and `--brokers`, and a `--node` of its own: one that is not among the
voters is a broker alone. The jars are those of `shop/kafka`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shop_kit.settings import die

OLDEST_JAVA = 17
JARS = Path(__file__).parents[3] / "kafka/target/lib"
HEAP = "512m"


class KafkaError(Exception):
    """No broker can be started; the message says why and what would help."""


@dataclass(frozen=True)
class Node:
    data: Path
    number: int
    port: int
    """For clients, on 127.0.0.1."""
    controller_port: int
    """For the other nodes; of no use to one that does not vote."""
    voters: str
    brokers: int
    """Of the whole cluster."""

    @property
    def votes(self) -> bool:
        """Whether it is one of the controllers."""
        return any(each.startswith(f"{self.number}@") for each in self.voters.split(","))


def major_version(text: str) -> int | None:
    """Of `java -version`: 17 for `openjdk version "17.0.15" 2025-04-15`."""
    found = re.search(r'version "(\d+)', text)
    return int(found[1]) if found else None


def find_java() -> str:
    """JAVA_HOME's, else the one on PATH. KafkaError where it is too old or not there."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin/java") if home else shutil.which("java")
    if java is None:
        raise KafkaError(
            f"Java {OLDEST_JAVA} or newer is needed, and there is none (on Debian and Ubuntu:"
            " apt-get install openjdk-17-jdk-headless)"
        )
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    except OSError as error:
        raise KafkaError(f"{java}: {error.strerror}") from error
    major = major_version(said)
    if major is None or major < OLDEST_JAVA:
        raise KafkaError(f"Java {OLDEST_JAVA} or newer is needed; {java} is {major or 'unknown'}")
    return java


def cluster_id(voters: str) -> str:
    """The same for all nodes that were given the same voters: 16 bytes, as Kafka writes a UUID."""
    first, *others = hashlib.blake2b(voters.encode(), digest_size=16).digest()
    # Kafka makes none that begins with "-" either: a command line would take it for an option.
    uuid = bytes([first & 0x7F, *others])
    return base64.urlsafe_b64encode(uuid).decode().rstrip("=")


def properties(node: Node) -> str:
    """What is in `server.properties`. Of three brokers two must have what is acknowledged."""
    copies = min(3, node.brokers)
    listeners = [f"PLAINTEXT://127.0.0.1:{node.port}"]
    if node.votes:
        listeners.append(f"CONTROLLER://127.0.0.1:{node.controller_port}")
    settings = {
        "process.roles": "broker,controller" if node.votes else "broker",
        "node.id": node.number,
        "controller.quorum.voters": node.voters,
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(listeners),
        "advertised.listeners": listeners[0],
        "log.dirs": node.data / "log",
        # Topics have the partitions that somebody chose for them (`shop_kit.topics`).
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "min.insync.replicas": max(1, copies - 1),
        "offsets.topic.num.partitions": 10,
        # Compacted from a MiB on. The coordinator of a broker that was killed takes commits before
        # it has read a long log to its end, finds itself out of step and reads it anew, for ever.
        "offsets.topic.segment.bytes": 1 << 20,
        # One that was killed is let in again when its former self is held dead: 9 s by default.
        "broker.session.timeout.ms": 2_000,
        "broker.heartbeat.interval.ms": 400,
        # Consumers of a test or a run come one by one, and wait for nobody.
        "group.initial.rebalance.delay.ms": 0,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def java_command(java: str, heap: str, main: str, *arguments: str) -> list[str]:
    if not any(JARS.glob("kafka_2.13-*.jar")):
        raise KafkaError(f"there is no Kafka in {JARS}; `make setup` brings it there")
    options = [
        f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:-UsePerfData",
        # A broker that shares a core has no minutes of it to spare for the second compiler.
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
    ]  # fmt: skip
    return [java, *options, "-cp", f"{JARS}/*", main, *arguments]


def format_storage(java: str, data: Path, file: Path, voters: str) -> None:
    """What a broker finds at its first start. Raises KafkaError."""
    command = java_command(
        *(java, "128m", "kafka.tools.StorageTool", "format", "--ignore-formatted"),
        *("--cluster-id", cluster_id(voters), "--config", str(file)),
    )
    formatted = subprocess.run(command, capture_output=True, text=True)
    if formatted.returncode != 0:
        said = (formatted.stderr or formatted.stdout).strip()
        raise KafkaError(f"the storage in {data} cannot be formatted: {said}")


def serve(node: Node, heap: str) -> None:
    """Become the broker; returns never. KafkaError where it cannot be started."""
    java = find_java()
    data, voters = node.data, node.voters
    file = data / "server.properties"
    try:
        data.mkdir(parents=True, exist_ok=True)
        file.write_text(properties(node))
    except OSError as error:
        raise KafkaError(f"--data {data}: {error.strerror}") from error
    # A broker that comes back is waited for, and the tool is a JVM of its own.
    if not (data / "log" / "meta.properties").exists():
        format_storage(java, data, file, voters)
    command = java_command(java, heap, "kafka.Kafka", str(file))
    os.execv(command[0], command)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 1 to 65535")
    return int(text)


def _voters(text: str) -> str:
    if not re.fullmatch(r"\d+@[\w.-]+:\d+(,\d+@[\w.-]+:\d+)*", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} names no voters; write such as 1@127.0.0.1:9093,2@127.0.0.1:9094"
        )
    return text


def _heap(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*[mg]", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no size of a heap; write such as 512m")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.kafka", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the node's folder")
    parser.add_argument("--port", type=_port, required=True, help="for clients, on 127.0.0.1")
    parser.add_argument("--controller-port", type=_port, default=0, help="for the other nodes")
    parser.add_argument("--node", type=int, default=1, help="its number among the voters")
    parser.add_argument("--voters", type=_voters, help="all nodes; this one alone by default")
    parser.add_argument("--brokers", type=int, help="how many there are; as many as voters")
    parser.add_argument("--heap", type=_heap, default=HEAP, help="of the JVM (%(default)s)")
    given = parser.parse_args()
    voters = given.voters or f"{given.node}@127.0.0.1:{given.controller_port}"
    brokers = given.brokers or voters.count("@")
    node = Node(
        *(given.data.absolute(), given.node, given.port, given.controller_port, voters, brokers)
    )
    if node.votes and not given.controller_port:
        parser.error("--controller-port: a node that votes needs one")
    try:
        serve(node, given.heap)
    except KafkaError as error:
        die(f"kafka: {error}")


if __name__ == "__main__":
    main()
