"""`python -m inventory`: the service, from its settings to its exit code."""

from __future__ import annotations

import msgspec
from pydantic_settings import SettingsConfigDict
from shop_kit.participant import Participant, ParticipantSettings, main
from shop_kit.settings import Address, HostPort
from shop_messages import (
    CHECKOUT_REPLIES,
    DEAD_LETTERS,
    INVENTORY_COMMANDS,
    InventoryCommand,
    InventoryReply,
)

from inventory.stock import SCHEMA, carry_out


class InventorySettings(ParticipantSettings):
    model_config = SettingsConfigDict(env_prefix="INVENTORY_")

    http_addr: Address = HostPort("127.0.0.1", 8082)


INVENTORY = Participant(
    name="inventory",
    schema=SCHEMA,
    commands=INVENTORY_COMMANDS,
    replies=CHECKOUT_REPLIES,
    dead_letters=DEAD_LETTERS,
    decoder=msgspec.json.Decoder(InventoryCommand),
    answers=InventoryReply,
    carry_out=carry_out,
)

if __name__ == "__main__":
    main(INVENTORY, InventorySettings)
