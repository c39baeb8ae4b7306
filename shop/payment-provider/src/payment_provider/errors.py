"""Answers that are errors and that a caller must be able to tell apart: each has a `type`."""

from __future__ import annotations

import json

from shop_kit.problems import MEDIA_TYPE, Mistake, Problem, shown
from starlette.responses import Response

from payment_provider.rules import TooMuch, WrongState

IDEMPOTENCY_ERROR = "urn:problem:idempotency_error"
"""The key was used for another request."""
KEY_IN_USE = "urn:problem:idempotency_key_in_use"
"""The first request with the key is under way; asked again later, its answer is given."""
WRONG_STATE = "urn:problem:wrong_state"
"""The authorisation's `state` does not allow it."""


class TypedProblem(Problem):
    """With a type, and what else is to be read of it."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *mistakes: Mistake,
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> None:
        super().__init__(status, detail, *mistakes, headers=headers)
        self._more = {"type": kind} | more

    def response(self, instance: str) -> Response:
        plain = json.loads(super().response(instance).body)
        return Response(json.dumps(plain | self._more), self.status, self.headers, MEDIA_TYPE)


def other_request(idempotency_key: str) -> Problem:
    return TypedProblem(
        422,
        IDEMPOTENCY_ERROR,
        "the Idempotency-Key was used for another request",
        Mistake("Idempotency-Key", shown(idempotency_key), "a new one for a new request"),
    )


def key_in_use(idempotency_key: str) -> Problem:
    return TypedProblem(
        409,
        KEY_IN_USE,
        "a request with this Idempotency-Key is under way",
        Mistake("Idempotency-Key", shown(idempotency_key), "to be sent again in a moment"),
        headers={"Retry-After": "1"},
    )


def wrong_state(error: WrongState, asked_minor: object) -> Problem:
    mistakes = []
    if isinstance(error, TooMuch):
        mistakes.append(Mistake("amount_minor", shown(asked_minor), f"{error.left_minor} at most"))
    return TypedProblem(409, WRONG_STATE, str(error), *mistakes, state=error.state)


def unknown(authorisation_id: str) -> Problem:
    return Problem(404, f"no authorisation has the id {shown(authorisation_id)!r}")
