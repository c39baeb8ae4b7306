"""What items cost now, as the product lookup says."""

from __future__ import annotations

from collections.abc import Sequence

import grpc.aio
from shop.lookup.v1 import product_lookup_pb2 as pb
from shop.lookup.v1 import product_lookup_pb2_grpc as rpc
from shop_kit.problems import Mistake, Problem, bad_request, shown, unavailable
from shop_messages import Line

from checkout_orchestrator.bodies import Item

TIMEOUT_S = 2.0
MOST_MINOR = 10**12


class Quotes:
    """One channel. Close it with `close`."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address)
        self._stub = rpc.ProductLookupStub(self._channel)

    async def close(self) -> None:
        await self._channel.close()

    async def of(self, items: Sequence[Item]) -> tuple[tuple[Line, ...], int, str]:
        """A line for each variant, their total in minor units, and its currency.

        Raises Problem: 400 with the item that is wrong, 503 where nothing can be said now.
        """
        request = pb.BatchGetRequest(product_ids=[item.product_id for item in items])
        try:
            answer = await self._stub.BatchGet(request, timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            raise unavailable(f"prices cannot be looked up: {error.code().name}") from error
        return lines_of(items, {product.id: product for product in answer.products})


def lines_of(
    items: Sequence[Item], products: dict[str, pb.Product]
) -> tuple[tuple[Line, ...], int, str]:
    """Raises Problem."""
    lines: dict[str, Line] = {}
    currency = ""
    for number, item in enumerate(items):
        product = products.get(item.product_id)
        if product is None:
            raise _wrong(number, "product_id", item.product_id, "a product of the catalogue")
        variant = next((each for each in product.variants if each.id == item.variant_id), None)
        if variant is None:
            raise _wrong(number, "variant_id", item.variant_id, "a variant of the product")
        if currency and variant.price.currency != currency:
            expected = f"one in {currency}, as those before it: a checkout has one currency"
            raise _wrong(
                number, "variant_id", f"{item.variant_id} in {variant.price.currency}", expected
            )
        currency = variant.price.currency
        if item.variant_id in lines:
            raise _wrong(number, "variant_id", item.variant_id, "each variant once")
        lines[item.variant_id] = Line(
            product_id=item.product_id,
            variant_id=item.variant_id,
            quantity=item.quantity,
            unit_price_minor=variant.price.amount_minor,
        )
    total_minor = sum(line.quantity * line.unit_price_minor for line in lines.values())
    if not 1 <= total_minor <= MOST_MINOR:
        raise Problem(400, f"a total of {total_minor} cannot be paid: from 1 to {MOST_MINOR}")
    return tuple(lines.values()), total_minor, currency


def _wrong(number: int, field: str, found: str, expected: str) -> Problem:
    return bad_request(Mistake(f"items[{number}].{field}", shown(found), expected))
