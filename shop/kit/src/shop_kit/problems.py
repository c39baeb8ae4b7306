"""Errors over HTTP as problem details (RFC 9457), and bodies that are checked before they are used.

Problem ──> application/problem+json: type, title, status, detail, instance, and for a request
            that cannot be answered as it stands `errors: [{field, found, expected}]`
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from time import perf_counter
from typing import TypeVar

import structlog
from opentelemetry import trace
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from shop_kit.metrics import RequestMetrics
from shop_kit.store import Unavailable

MEDIA_TYPE = "application/problem+json"
BODY_BYTES = 256 * 1024
BODY_TIMEOUT_S = 10.0
SHOWN_CHARS = 100
"""Of what was found, at most."""
MISTAKES = 20
"""Told of one request, at most."""
UNSHOWN = frozenset({"payment_method"})
"""Fields whose value is not told back: it might be a card after all."""

SCHEMA: dict[str, object] = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "found", "expected"],
                "properties": {name: {"type": "string"} for name in ("field", "found", "expected")},
            },
        },
    },
}
"""Of an answer, for OpenAPI documents. More properties may stand beside them."""

Answer = Callable[[Request], Awaitable[Response]]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one field, and what would be right."""

    field: str
    found: str
    expected: str


class Problem(Exception):
    """An answer that is an error. Those of a field are told with its name."""

    def __init__(
        self,
        status: int,
        detail: str,
        *mistakes: Mistake,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.mistakes = mistakes
        self.headers = dict(headers or {})

    def response(self, instance: str) -> Response:
        """`instance` is the path that was asked for."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": str(self),
            "instance": instance,
        }
        if self.mistakes:
            body["errors"] = [asdict(mistake) for mistake in self.mistakes]
        # ASCII: what was found may hold what no UTF-8 does.
        return Response(json.dumps(body), self.status, self.headers, MEDIA_TYPE)


def bad_request(*mistakes: Mistake) -> Problem:
    """400, of a request that cannot be answered as it stands."""
    told = ", ".join(f"{mistake.field}: {mistake.expected}" for mistake in mistakes)
    return Problem(400, f"not a request that can be answered: {told}", *mistakes)


def unavailable(reason: str) -> Problem:
    """503, of something that may be well again in a second."""
    return Problem(503, reason, headers={"Retry-After": "1"})


def mistakes_of(error: ValidationError) -> list[Mistake]:
    """One a wrong field, the first 20, named as in `variants[0].id`; `body` is the whole of it.

    What was found is told of known fields alone: elsewhere it might be anything, a card's number.
    """
    mistakes: list[Mistake] = []
    for each in error.errors(include_url=False)[:MISTAKES]:
        expected = each["msg"].removeprefix("Value error, ")
        found = shown(each["input"])
        if each["type"] == "extra_forbidden":
            expected = "no such field"
        if (
            each["type"] in ("missing", "extra_forbidden")
            or not each["loc"]
            or UNSHOWN & set(each["loc"])
        ):
            found = ""
        mistakes.append(Mistake(_field(each["loc"]), found, expected))
    return mistakes


def _field(location: Sequence[str | int]) -> str:
    name = ""
    for part in location:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return shown(name.removeprefix(".")) or "body"


def shown(found: object) -> str:
    """A value of JSON as text that any JSON can hold, cut where it is long."""
    if isinstance(found, bytes):
        text = found[: SHOWN_CHARS + 1].decode(errors="backslashreplace")
    elif isinstance(found, str):
        text = found[: SHOWN_CHARS + 1].encode(errors="backslashreplace").decode()
    else:
        text = json.dumps(found, default=str)
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"


async def body_as(kind: type[M], request: Request) -> M:
    """The body, read and checked. Raises Problem: 400, 408, 413, or 415 where it is no JSON."""
    json_only(request)
    body = await limited_body(request)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise bad_request(*mistakes_of(error)) from error


def json_only(request: Request) -> None:
    """Raises Problem: 415 where the body is said to be something else."""
    media_type = request.headers.get("content-type", "")
    if media_type.partition(";")[0].strip().lower() != "application/json":
        mistake = Mistake("Content-Type", shown(media_type), "application/json")
        accepted = {"Accept-Patch" if request.method == "PATCH" else "Accept": "application/json"}
        raise Problem(415, "the body is to be application/json", mistake, headers=accepted)


async def limited_body(request: Request, limit_bytes: int = BODY_BYTES) -> bytes:
    """Read no further than the limit. Raises Problem: 408 after 10 s, 413 where there is more."""
    too_large = Problem(413, f"a body has at most {limit_bytes} bytes")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise too_large
    except TimeoutError as error:
        raise Problem(408, f"the body did not come within {BODY_TIMEOUT_S:g} s") from error
    except ClientDisconnect as error:
        raise Problem(400, "the connection ended before the body did") from error
    return bytes(body)


def answering(operation: str, answer: Answer, metrics: RequestMetrics) -> Answer:
    """The one place where errors become answers and requests are counted, by their status."""

    async def handle(request: Request) -> Response:
        began = perf_counter()
        code = "cancelled"
        trace.get_current_span().update_name(operation)
        try:
            try:
                response = await answer(request)
            except Problem as problem:
                response = problem.response(request.scope["path"])
            except Exception:  # noqa: BLE001 (it is logged, and the caller gets a status)
                structlog.get_logger().exception("request failed", operation=operation)
                problem = Problem(500, "this is our mistake, and it is in our log")
                response = problem.response(request.scope["path"])
            code = str(response.status_code)
            return response
        finally:
            metrics.observe(operation, code, perf_counter() - began)

    return handle


def route(method: str, path: str, answer: Answer, metrics: RequestMetrics) -> Route:
    """Counted under `METHOD path`."""
    return Route(path, answering(f"{method} {path}", answer, metrics), methods=[method])


@contextmanager
def told() -> Iterator[None]:
    """The store's trouble as a problem: 503."""
    try:
        yield
    except Unavailable as error:
        raise unavailable(str(error)) from error


async def no_route(request: Request, error: Exception) -> Response:
    """For what the framework answers by itself: 404 and 405."""
    if not isinstance(error, HTTPException):
        raise error
    return Problem(error.status_code, error.detail, headers=error.headers).response(
        request.scope["path"]
    )
