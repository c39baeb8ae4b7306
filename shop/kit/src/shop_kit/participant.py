"""A service that does its part of a saga: commands in, over Kafka or HTTP, replies out.

    topic ──┐                                      ┌──> replies, through the outbox
            ├──> carry out, in a transaction ──────┤
    POST /commands ──┘                             └──> the answer

Over both ways a command means the same and may be repeated: what was done is answered as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import msgspec
from prometheus_client import CollectorRegistry as Registry
from prometheus_client import ProcessCollector
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop_kit import consumer, lifecycle, logging, openapi, settings
from shop_kit.auth import Signer, admitted, signer_from_environment
from shop_kit.consumer import Consumer, ConsumerMetrics, Received
from shop_kit.http import app, serving_http
from shop_kit.logging import Level
from shop_kit.messages import Message
from shop_kit.metrics import RequestMetrics
from shop_kit.openapi import Json
from shop_kit.problems import Problem, answering, unavailable
from shop_kit.readiness import Readiness
from shop_kit.relay import Relay, RelayMetrics
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings
from shop_kit.store import Connection, Store, Unavailable, opened
from shop_kit.structs import struct_of
from shop_kit.telemetry import traced_http

SCOPE = "commands"
"""What a token needs that commands are to be taken from."""
DRAIN_S = 5

CarryOut = Callable[
    [Connection, Sequence[Received[Any]]], Awaitable[Sequence[msgspec.Struct | None]]
]
"""Commands, in their order, to a reply each, or None where it comes later; in a transaction."""


class Later(Protocol):
    """Work that takes longer than a transaction may, and ends in replies of its own."""

    def committed(self) -> None:
        """A transaction of `carry_out` has been committed: there may be work."""

    async def reply(self, command: Any) -> msgspec.Struct:
        """What a command that was carried out leads to. Raises TimeoutError: not known yet."""
        ...

    async def run(self) -> None:
        """For ever."""


class Impossible(Exception):
    """A command that can never be carried out, and that a right caller does not give."""


class ParticipantSettings(Settings):
    """Give `model_config` an `env_prefix`; the secret of the tokens is SHOP_JWT_SECRET."""

    dsn: PostgresUrl
    http_addr: Address = HostPort("127.0.0.1", 8080)
    kafka: str = ""
    """A broker, such as 127.0.0.1:9092. Empty: commands come over HTTP alone."""
    pool_max: int = Field(default=10, ge=1, le=1000)
    """Connections to the store at most; the relay has one more."""
    log_level: Level = "info"


@dataclass(frozen=True)
class Participant:
    name: str
    schema: str
    """Statements that make its tables where they are missing."""
    commands: str
    """The topic that they come by."""
    replies: str
    dead_letters: str
    decoder: msgspec.json.Decoder[Any]
    answers: Any
    """The type of what it answers, for its document."""
    carry_out: CarryOut
    later: Callable[[Any, Store, Registry], Later] | None = None
    """Made once, of the settings, where replies come later."""
    routes: Callable[[Store, Signer, RequestMetrics], Sequence[BaseRoute]] = lambda *_: ()
    """Those beside `/commands`."""
    paths: Json = field(default_factory=dict)
    """Of these routes, for its document; and the schemas that they name."""
    schemas: Json = field(default_factory=dict)


def reply_message(topic: str, reply: Any) -> Message:
    return Message(topic, reply.checkout_id, msgspec.json.encode(reply))


def main(participant: Participant, kind: type[ParticipantSettings]) -> None:
    config = settings.load(kind)
    signer = signer_from_environment()
    logging.configure(participant.name, config.log_level)
    try:
        lifecycle.run(partial(serve, participant, config, signer))
    except OSError as error:
        prefix = kind.model_config.get("env_prefix", "")
        settings.die(f"cannot serve on {prefix}HTTP_ADDR: {error}")


async def serve(
    participant: Participant, config: ParticipantSettings, signer: Signer, stop: asyncio.Event
) -> None:
    readiness = Readiness()
    store = Store(participant.name, config.dsn, config.pool_max)
    requests = RequestMetrics(participant.name.replace("-", "_"))
    registry = Registry()
    registry.register(requests)
    ProcessCollector(registry=registry)
    store.measured(registry)
    later = participant.later(config, store, registry) if participant.later else None
    routes = [
        commands_route(participant, store, later, signer, requests),
        *participant.routes(store, signer, requests),
        openapi.route(document(participant)),
    ]
    try:
        with traced_http(participant.name) as wrapped:
            whole = wrapped(app(readiness, registry, routes))
            async with serving_http(config.http_addr, whole, DRAIN_S):
                work = _work(participant, config, store, later, readiness, registry)
                await lifecycle.until(stop, work)
                await readiness.stopping()
    finally:
        await store.close()


def commands_route(
    participant: Participant,
    store: Store,
    later: Later | None,
    signer: Signer,
    metrics: RequestMetrics,
) -> BaseRoute:
    async def carry_out(request: Request) -> Response:
        admitted(request, signer, SCOPE)
        command = await struct_of(request, participant.decoder)
        message = Message(participant.commands, command.checkout_id, b"").traced()
        try:
            async with store.transaction() as connection:
                [reply] = await participant.carry_out(connection, [Received(command, message)])
            if later is not None:
                later.committed()
                reply = reply or await later.reply(command)
        except Unavailable as error:
            raise unavailable(str(error)) from error
        except TimeoutError as error:
            raise unavailable("it is not known yet; ask again") from error
        except Impossible as error:
            raise Problem(409, str(error)) from error
        return Response(msgspec.json.encode(reply), media_type="application/json")

    handler = answering("POST /commands", carry_out, metrics)
    return Route("/commands", handler, methods=["POST"])


def document(participant: Participant) -> Json:
    given = {"Command": participant.decoder.type, "Reply": participant.answers}
    schemas = openapi.structs(**given) | participant.schemas
    paths = {"/commands": {"post": _COMMANDS}} | participant.paths
    return openapi.document(participant.name, paths, schemas)


_COMMANDS = {
    "operationId": "carryOut",
    "summary": "Carry out a command; one that was carried out already is answered as it was",
    "description": f"The token needs the scope `{SCOPE}`. Fields that are not known are ignored.",
    "requestBody": openapi.body("Command"),
    "responses": openapi.answers(
        {200: openapi.done("Reply")},
        *(*openapi.OF_BODIES, 403),
        told={409: "It can never be carried out: nothing that it builds on has taken place."},
    ),
}


async def _work(
    participant: Participant,
    config: ParticipantSettings,
    store: Store,
    later: Later | None,
    readiness: Readiness,
    registry: Registry,
) -> None:
    await opened(store, readiness, participant.schema)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.Event().wait())
        if later is not None:
            tasks.create_task(later.run())
        if config.kafka:
            relay = Relay(config.dsn, config.kafka, RelayMetrics(registry))
            tasks.create_task(relay.run())
            tasks.create_task(_commands(participant, config, store, later, registry).run())


def _commands(
    participant: Participant,
    config: ParticipantSettings,
    store: Store,
    later: Later | None,
    registry: Registry,
) -> Consumer:
    async def handle(
        connection: Connection, received: Sequence[Received[Any]]
    ) -> Sequence[Sequence[Message]]:
        replies = await participant.carry_out(connection, received)
        return [
            [reply_message(participant.replies, reply)] if reply is not None else []
            for reply in replies
        ]

    route = consumer.Route(participant.decoder, handle, later.committed if later else lambda: None)
    return Consumer(
        participant.name, store, config.kafka, {participant.commands: route},
        participant.dead_letters, ConsumerMetrics(registry),
    )  # fmt: skip
