"""ProductLookup: the request checked, the bytes found, the code counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeVar

import grpc
import grpc.aio
import structlog
from shop.lookup.v1 import product_lookup_pb2 as pb
from shop_kit.metrics import RequestMetrics
from shop_kit.rpc import Handlers

from product_lookup import wire
from product_lookup.reads import Reads, Unavailable
from product_lookup.requests import InvalidRequest, check_id, check_ids

SERVICE = pb.DESCRIPTOR.services_by_name["ProductLookup"].full_name

Request = TypeVar("Request", pb.GetRequest, pb.BatchGetRequest)


class NotFound(LookupError):
    pass


class ProductLookup:
    def __init__(self, reads: Reads, metrics: RequestMetrics) -> None:
        self._reads = reads
        self._metrics = metrics
        self._log = structlog.get_logger()

    def handlers(self) -> Handlers:
        """Without response serializers: the answers are bytes already."""
        return {
            "Get": grpc.unary_unary_rpc_method_handler(
                self._answering("Get", self.get), pb.GetRequest.FromString
            ),
            "BatchGet": grpc.unary_unary_rpc_method_handler(
                self._answering("BatchGet", self.batch_get), pb.BatchGetRequest.FromString
            ),
        }

    async def get(self, request: pb.GetRequest) -> bytes:
        product_id = request.product_id
        check_id(product_id)
        found = await self._reads.one(product_id)
        if found is None:
            raise NotFound(f"no product has the id {product_id!r}")
        return found

    async def batch_get(self, request: pb.BatchGetRequest) -> bytes:
        product_ids = request.product_ids
        check_ids(product_ids)
        return wire.batch(product_ids, await self._reads.many(product_ids))

    def _answering(
        self, method: str, answer: Callable[[Request], Awaitable[bytes]]
    ) -> Callable[[Request, grpc.aio.ServicerContext], Awaitable[bytes]]:
        """The one place where errors become gRPC codes and requests are counted."""
        observe = self._metrics.observe

        async def handle(request: Request, context: grpc.aio.ServicerContext) -> bytes:
            began = perf_counter()
            code = grpc.StatusCode.OK
            try:
                return await answer(request)
            except NotFound as error:
                code, reason = grpc.StatusCode.NOT_FOUND, str(error)
            except InvalidRequest as error:
                code, reason = grpc.StatusCode.INVALID_ARGUMENT, str(error)
            except Unavailable as error:
                code, reason = grpc.StatusCode.UNAVAILABLE, str(error)
            except asyncio.CancelledError:  # the caller went away, or its deadline passed
                code = grpc.StatusCode.CANCELLED
                raise
            except Exception:  # noqa: BLE001 (it is logged, and the caller gets a code)
                self._log.exception("request failed", method=method)
                code, reason = grpc.StatusCode.INTERNAL, "internal error"
            finally:
                observe(method, code.name, perf_counter() - began)
            return await context.abort(code, reason)

        return handle
