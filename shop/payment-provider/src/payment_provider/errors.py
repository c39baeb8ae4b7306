"""Answers that are errors and that a caller must be able to tell apart: each has a `type`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from shop_kit.problems import MEDIA_TYPE, Mistake, Problem, shown
from starlette.responses import Response

from payment_provider.rules import WrongState

IDEMPOTENCY_ERROR = "urn:problem:idempotency_error"
"""The key was used for another request."""
KEY_IN_USE = "urn:problem:idempotency_key_in_use"
"""The first request with the key is under way; asked again later, its answer is given."""
WRONG_STATE = "urn:problem:wrong_state"
"""The authorisation's `state` does not allow it."""


class _TypedProblem(Problem):
    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *mistakes: Mistake,
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> None:
        super().__init__(status, detail, *mistakes, headers=headers)
        self._more = {"type": kind} | more

    def response(self, instance: str) -> Response:
        plain = json.loads(bytes(super().response(instance).body))
        return Response(json.dumps(plain | self._more), self.status, self.headers, MEDIA_TYPE)


def other_request(key: str) -> Problem:
    mistake = Mistake("Idempotency-Key", shown(key), "a new one for a new request")
    told = "this Idempotency-Key was used for another request"
    return _TypedProblem(422, IDEMPOTENCY_ERROR, told, mistake)


def key_in_use(key: str) -> Problem:
    mistake = Mistake("Idempotency-Key", shown(key), "to be sent again in a moment")
    told = "a request with this key is under way"
    return _TypedProblem(409, KEY_IN_USE, told, mistake, headers={"Retry-After": "1"})


def wrong_state(error: WrongState) -> Problem:
    mistakes = []
    if error.asked_minor is not None:
        expected = f"{error.most_minor} at most"
        mistakes.append(Mistake("amount_minor", str(error.asked_minor), expected))
    return _TypedProblem(409, WRONG_STATE, str(error), *mistakes, state=error.state)
