"""`python -m order`: the service, from its settings to its exit code."""

from __future__ import annotations

import msgspec
from pydantic_settings import SettingsConfigDict
from shop_kit.participant import Participant, ParticipantSettings, main
from shop_kit.settings import Address, HostPort
from shop_messages import CHECKOUT_REPLIES, DEAD_LETTERS, ORDER_COMMANDS, OrderCommand, OrderReply

from order.api import routes
from order.book import SCHEMA, carry_out
from order.openapi import PATHS, SCHEMAS


class OrderSettings(ParticipantSettings):
    model_config = SettingsConfigDict(env_prefix="ORDER_")

    http_addr: Address = HostPort("127.0.0.1", 8084)


ORDER = Participant(
    name="order",
    schema=SCHEMA,
    commands=ORDER_COMMANDS,
    replies=CHECKOUT_REPLIES,
    dead_letters=DEAD_LETTERS,
    decoder=msgspec.json.Decoder(OrderCommand),
    answers=OrderReply,
    carry_out=carry_out,
    routes=routes,
    paths=PATHS,
    schemas=SCHEMAS,
)

if __name__ == "__main__":
    main(ORDER, OrderSettings)
