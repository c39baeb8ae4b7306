"""Commands carried out on the tables: what they touch is locked, decided on, written back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources

import msgspec
from shop_kit.consumer import Received
from shop_kit.store import Connection
from shop_messages import InventoryCommand, Reply, ReserveStock, StockRefused

from inventory.reservations import Reservation, Units, decide, units_of

Move = tuple[str, str, Units]
"""(variant, checkout that moved it, what there is of the variant then)"""
SCHEMA = resources.files("inventory").joinpath("schema.sql").read_text("utf-8")


async def carry_out(
    connection: Connection, received: Sequence[Received[InventoryCommand]]
) -> Sequence[Reply]:
    """A reply each, in a transaction. Rows are locked in the order of their keys, reservations
    before stock, so that nobody waits in a circle."""
    commands = [each.value for each in received]
    reservations = await _locked(connection, {each.checkout_id for each in commands})
    wanted = {
        name
        for command in commands
        for name in (
            units_of(command.lines)
            if isinstance(command, ReserveStock)
            else reservations[command.checkout_id].units
        )
    }
    # What was reserved by an earlier command of the batch is among those already.
    stock = await _stock(connection, wanted)
    before = dict(stock)
    replies: list[Reply] = []
    moves: list[Move] = []
    touched: set[str] = set()
    for command in commands:
        outcome = decide(command, reservations[command.checkout_id], stock)
        if outcome.reservation is not reservations[command.checkout_id]:
            touched.add(command.checkout_id)
        reservations[command.checkout_id] = outcome.reservation
        stock |= outcome.stock
        moves += [(name, command.checkout_id, units) for name, units in outcome.stock.items()]
        replies.append(outcome.reply)
    await _keep_stock(connection, before, stock, moves)
    await _keep(connection, [reservations[each] for each in sorted(touched)])
    return replies


async def _locked(connection: Connection, checkout_ids: Iterable[str]) -> dict[str, Reservation]:
    ids = sorted(checkout_ids)
    await connection.execute(
        "INSERT INTO reservations (checkout_id, state) SELECT unnest($1::text[]), 'new'"
        " ON CONFLICT DO NOTHING",
        ids,
    )
    rows = await connection.fetch(
        "SELECT checkout_id, state, units, refused FROM reservations"
        " WHERE checkout_id = ANY ($1) ORDER BY checkout_id FOR UPDATE",
        ids,
    )
    return {
        row["checkout_id"]: Reservation(
            row["checkout_id"],
            row["state"],
            msgspec.json.decode(row["units"], type=dict[str, int]),
            msgspec.json.decode(row["refused"], type=StockRefused) if row["refused"] else None,
        )
        for row in rows
    }


async def _stock(connection: Connection, variant_ids: Iterable[str]) -> dict[str, Units]:
    rows = await connection.fetch(
        "SELECT variant_id, on_hand, held, committed FROM stock"
        " WHERE variant_id = ANY ($1) ORDER BY variant_id FOR UPDATE",
        sorted(variant_ids),
    )
    return {row["variant_id"]: Units(row["on_hand"], row["held"], row["committed"]) for row in rows}


async def _keep_stock(
    connection: Connection,
    before: dict[str, Units],
    after: dict[str, Units],
    moves: Sequence[Move],
) -> None:
    """By what they changed; the table itself lets none of them fall below zero."""
    changed = sorted(name for name, units in after.items() if units != before[name])
    if moves:
        await connection.execute(
            "WITH moved AS (INSERT INTO stock_history"
            " (variant_id, checkout_id, on_hand, held, committed)"
            " SELECT move.variant_id, move.checkout_id, move.on_hand, move.held, move.committed"
            " FROM unnest($5::text[], $6::text[], $7::int[], $8::int[], $9::int[])"
            " WITH ORDINALITY AS move (variant_id, checkout_id, on_hand, held, committed, place)"
            " ORDER BY place)"
            " UPDATE stock SET on_hand = stock.on_hand + by.on_hand, held = stock.held + by.held,"
            " committed = stock.committed + by.committed"
            " FROM unnest($1::text[], $2::int[], $3::int[], $4::int[])"
            " AS by (variant_id, on_hand, held, committed)"
            " WHERE stock.variant_id = by.variant_id",
            changed,
            [after[name].on_hand - before[name].on_hand for name in changed],
            [after[name].held - before[name].held for name in changed],
            [after[name].committed - before[name].committed for name in changed],
            [variant_id for variant_id, _, _ in moves],
            [checkout_id for _, checkout_id, _ in moves],
            [units.on_hand for _, _, units in moves],
            [units.held for _, _, units in moves],
            [units.committed for _, _, units in moves],
        )


async def _keep(connection: Connection, reservations: Sequence[Reservation]) -> None:
    if reservations:
        await connection.execute(
            "UPDATE reservations SET state = now.state, units = now.units, refused = now.refused,"
            " updated_at = clock_timestamp() FROM unnest($1::text[], $2::text[], $3::jsonb[],"
            " $4::jsonb[]) AS now (checkout_id, state, units, refused)"
            " WHERE reservations.checkout_id = now.checkout_id",
            [each.checkout_id for each in reservations],
            [each.state for each in reservations],
            [msgspec.json.encode(each.units).decode() for each in reservations],
            [
                msgspec.json.encode(each.refused).decode() if each.refused else None
                for each in reservations
            ],
        )
