"""Prices and stock of now, as the product lookup says."""

from __future__ import annotations

from collections.abc import Iterable

import grpc.aio
from opentelemetry import propagate
from shop.lookup.v1 import product_lookup_pb2 as pb
from shop.lookup.v1 import product_lookup_pb2_grpc as rpc

from plan_executor.choosing import Offer
from plan_executor.errors import NoAnswer

TIMEOUT_S = 2.0


class Lookup:
    """One channel. Close it with `close`."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address)
        self._stub = rpc.ProductLookupStub(self._channel)

    async def close(self) -> None:
        await self._channel.close()

    async def offers(self, product_ids: Iterable[str]) -> dict[str, Offer]:
        """By variant, of all of these products that are sold. Raises NoAnswer."""
        wanted = list(dict.fromkeys(product_ids))
        if not wanted:
            return {}
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            answer: pb.BatchGetResponse = await self._stub.BatchGet(
                pb.BatchGetRequest(product_ids=wanted),
                timeout=TIMEOUT_S,
                metadata=tuple(headers.items()),
            )
        except grpc.aio.AioRpcError as error:
            raise NoAnswer(f"prices cannot be looked up: {error.code().name}") from error
        return {
            variant.id: Offer(
                product.id, variant.id, variant.price.amount_minor, variant.price.currency,
                variant.available,
            )
            for product in answer.products
            for variant in product.variants
        }  # fmt: skip
