"""When is a process ready? One probe a kind; each says what is still missing, or None."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import grpc
import httpx
from grpc_health.v1 import health_pb2

from assay.systems.model import Ready
from assay.systems.template import fill

Probe = Callable[[], Awaitable[str | None]]
"""None: ready. Otherwise what was seen instead, in words; an attempt ends within ATTEMPT_S."""

ATTEMPT_S = 2.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _PAUSE_GROWTH = 0.02, 0.25, 1.5
_HEALTH_CHECK = "/grpc.health.v1.Health/Check"


def probe_of(ready: Ready, values: Mapping[str, str], log: Path, log_start: int) -> Probe | None:
    """The probe that a stack file asks for, with its words in braces filled in; None for none."""
    if ready.tcp is not None:
        return tcp(*_host_and_port(fill(ready.tcp, values)))
    if ready.http is not None:
        return http(_url(fill(ready.http, values)))
    if ready.grpc is not None:
        return grpc_health(*_host_and_port(fill(ready.grpc, values)))
    if ready.log is not None:
        return log_line(log, log_start, ready.log)
    return None


async def until_ready(probe: Probe, on_attempt: Callable[[str], None]) -> None:
    """Probe again and again, 20 ms apart at first and 250 ms later. Set a deadline around it."""
    pause_s = _FIRST_PAUSE_S
    while (missing := await probe()) is not None:
        on_attempt(missing)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * _PAUSE_GROWTH, _LONGEST_PAUSE_S)


def tcp(host: str, port: int) -> Probe:
    async def attempt() -> str | None:
        try:
            async with asyncio.timeout(ATTEMPT_S):
                _, writer = await asyncio.open_connection(host, port)
        except TimeoutError:
            return f"no answer on {host}:{port}"
        except OSError as error:
            return f"no connection to {host}:{port}: {error.strerror or error}"
        writer.close()
        return None

    return attempt


def http(url: str) -> Probe:
    async def attempt() -> str | None:
        # Proxies and certificates of the environment are for other addresses than our own.
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=ATTEMPT_S) as client:
            try:
                answer = await client.get(url)
            except httpx.HTTPError as error:
                return f"no answer from {url}: {error or type(error).__name__}"
        return None if answer.is_success else f"{url} answers {answer.status_code}"

    return attempt


def grpc_health(host: str, port: int) -> Probe:
    """The standard health service, asked for the server as a whole."""
    reached = tcp(host, port)

    async def attempt() -> str | None:
        # A channel would wait a second after a refused connection, so it is opened after that.
        if (missing := await reached()) is not None:
            return missing
        return await _health(f"{host}:{port}")

    return attempt


def log_line(log: Path, start: int, pattern: str) -> Probe:
    """A line that matches, from byte `start` of the log on."""
    sought = re.compile(pattern)

    async def attempt() -> str | None:
        with log.open("rb") as file:
            file.seek(start)
            for line in file:
                if sought.search(line.decode(errors="replace")):
                    return None
        return f"no line of {log} matches `{pattern}`"

    return attempt


async def _health(target: str) -> str | None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def tell(_: object) -> None:
        # From a thread of the channel; the loop is closed where everything was cancelled.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(ended.set)

    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(target, options) as channel:
        check = channel.unary_unary(
            _HEALTH_CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        call = check.future(health_pb2.HealthCheckRequest(), timeout=ATTEMPT_S)
        call.add_done_callback(tell)
        try:
            await ended.wait()
            error = call.exception()
        finally:
            call.cancel()
        if error is not None:
            code = error.code().name if isinstance(error, grpc.RpcError) else error
            return f"the health service on {target} answers {code}"
        status = health_pb2.HealthCheckResponse.ServingStatus.Name(call.result().status)
    return None if status == "SERVING" else f"the health service on {target} says {status}"


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def _url(text: str) -> str:
    return text if "://" in text else f"http://127.0.0.1:{text}"
