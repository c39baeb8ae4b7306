"""The API key: who may."""

from __future__ import annotations

import hmac

from shop_kit.problems import Answer, Mistake, Problem
from starlette.requests import Request
from starlette.responses import Response

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="payment-provider"'}


class Admission:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __call__(self, answer: Answer) -> Answer:
        """The same for whoever has the key; 401 for everybody else."""

        async def admitted(request: Request) -> Response:
            kind, _, key = request.headers.get("authorization", "").partition(" ")
            given = key.strip().encode("latin-1")
            if kind.lower() != "bearer" or not hmac.compare_digest(given, self._secret):
                mistake = Mistake("Authorization", "", "Bearer, and the key")
                raise Problem(401, "this needs the API key", mistake, headers=CHALLENGE)
            return await answer(request)

        return admitted
