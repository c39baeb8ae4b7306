"""The payment provider, over HTTP: the same key for the same call, however often it is made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from opentelemetry import propagate
from shop_kit.breaker import Breaker

from payment.payments import Call, Found, Payment

_STATES = {
    "authorised": "authorised",
    "declined": "refused",
    "captured": "captured",
    "voided": "voided",
    "refunded": "refunded",
}


class Unknown(Exception):
    """It was asked, and whether it has done it is not known: no answer, or one of trouble."""


class Late(Unknown, TimeoutError):
    """It has not answered in time."""


class _Authorisation(msgspec.Struct):
    id: str
    status: str
    decline_reason: str | None = None

    def found(self) -> Found:
        return Found(_STATES[self.status], self.id, self.decline_reason or "")  # type: ignore[arg-type]


class Provider:
    """One session, behind a breaker. Close it with `close`."""

    def __init__(self, url: str, key: str, timeout_s: float, calls: int, breaker: Breaker) -> None:
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._breaker = breaker
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=calls),
            headers={"Authorization": f"Bearer {key}"},
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            json_serialize=lambda body: msgspec.json.encode(body).decode(),
        )

    async def close(self) -> None:
        await self._session.close()

    async def make(self, call: Call, payment: Payment) -> Found:
        """Raises Unknown; BreakerOpen where it was not even asked."""
        if call == "find":
            found = await self._find(payment.checkout_id)
            return found or await self._authorise(payment)
        if call == "authorise":
            return await self._authorise(payment)
        path = f"/v1/authorisations/{payment.authorisation_id}/{call}"
        return await self._post(path, f"{payment.checkout_id}:{call}", {}, payment.checkout_id)

    async def _authorise(self, payment: Payment) -> Found:
        body = {
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "payment_method": payment.payment_method,
            "reference": payment.checkout_id,
        }
        key = f"{payment.checkout_id}:authorise"
        return await self._post("/v1/authorisations", key, body, payment.checkout_id)

    async def _find(self, checkout_id: str) -> Found | None:
        async with self._asked("GET", "/v1/authorisations", {"reference": checkout_id}) as answer:
            if answer.status != 200:
                raise Unknown(f"the provider answers {answer.status}")
            listed = msgspec.json.decode(await answer.read(), type=_Listed)
        return listed.authorisations[0].found() if listed.authorisations else None

    async def _post(self, path: str, key: str, body: Mapping[str, Any], checkout_id: str) -> Found:
        headers = {"Idempotency-Key": key}
        propagate.inject(headers)
        async with self._asked("POST", path, json=body, headers=headers) as answer:
            content = await answer.read()
            if answer.status in (200, 201):
                return msgspec.json.decode(content, type=_Authorisation).found()
        if answer.status in (400, 402, 422) and path == "/v1/authorisations":
            return Found("refused", reason=f"the provider takes no such payment ({answer.status})")
        if answer.status == 409:
            # Not in a state for it, or asked a moment ago: how it stands decides.
            found = await self._find(checkout_id)
            if found is not None:
                return found
        raise Unknown(f"the provider answers {answer.status}")

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Through the breaker. Trouble, and what does not come in time, count as failures there."""
        with self._breaker.permit():
            try:
                async with self._session.request(
                    method, self._url + path, params=params, json=json, headers=headers
                ) as answer:
                    if answer.status >= 500 or answer.status == 429:
                        raise Unknown(f"the provider answers {answer.status}")
                    yield answer
            except TimeoutError as error:
                raise Late(f"no answer within {self._timeout_s:g} s") from error
            except (aiohttp.ClientError, msgspec.MsgspecError) as error:
                raise Unknown(f"{type(error).__name__}: {error}") from error


class _Listed(msgspec.Struct):
    authorisations: list[_Authorisation]
