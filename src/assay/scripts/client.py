"""The client that a journey is given: one user's HTTP, with every step measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import aiohttp

from assay.scripts.history import History, UnderWay

OnStep = Callable[[str, str, float, float], None]
"""(name, outcome, when it began, when it ended), on the monotonic clock."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)


class Client:
    """Paths are below the service that the workload is `to`; other services by `to=`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        addresses: Mapping[str, str],
        service: str,
        headers: Mapping[str, str],
        on_step: OnStep,
        history: History,
        user: int,
    ) -> None:
        self._session = session
        self._addresses = addresses
        self._service = service
        self._headers = headers
        self._on_step = on_step
        self._history = history
        self._user = user

    def operation(self, what: str, key: str) -> AbstractContextManager[UnderWay]:
        """For the history: it begins here, and ends with the block; `unknown` unless told how."""
        return self._history.operation(self._user, what, key)

    async def get(self, path: str, **more: Any) -> Answer:
        """See `request`."""
        return await self.request("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Answer:
        """See `request`."""
        return await self.request("POST", path, **more)

    async def put(self, path: str, **more: Any) -> Answer:
        """See `request`."""
        return await self.request("PUT", path, **more)

    async def delete(self, path: str, **more: Any) -> Answer:
        """See `request`."""
        return await self.request("DELETE", path, **more)

    async def request(
        self,
        method: str,
        path: str,
        *,
        name: str | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        to: str | None = None,
    ) -> Answer:
        """One step, measured as `name`: `POST /api/checkout` where none is given.

        Give a name where the path holds an id. Any status is an answer; one from 400 on is counted
        as a failed step. Raises aiohttp.ClientError, TimeoutError.
        """
        step = name or f"{method} {path}"
        url = self._addresses[to or self._service].rstrip("/") + path
        began_s = time.monotonic()
        outcome = "connection"
        try:
            async with self._session.request(
                method, url, json=json, headers={**self._headers, **(headers or {})}
            ) as answer:
                body = await answer.read()
                outcome = "ok" if answer.status < 400 else f"http_{answer.status // 100}xx"
                return Answer(answer.status, answer.headers, body)
        except TimeoutError:
            outcome = "timeout"
            raise
        finally:
            self._on_step(step, outcome, began_s, time.monotonic())
