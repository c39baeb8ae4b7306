from __future__ import annotations

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from shop_kit.http import app, serving_http
from shop_kit.readiness import Readiness
from shop_kit.settings import HostPort

pytestmark = pytest.mark.integration

ANYWHERE = HostPort("127.0.0.1", 0)


async def test_operators_see_life_readiness_and_metrics() -> None:
    readiness = Readiness()
    registry = CollectorRegistry()
    Counter("cups", "Cups.", registry=registry).inc(3)
    async with (
        serving_http(ANYWHERE, app(readiness, registry)) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client,
    ):
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).text == "not ready: starting\n"

        await readiness.not_ready("no water")
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: no water\n")

        await readiness.ready()
        assert (await client.get("/readyz")).status_code == 200

        metrics = await client.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert "cups_total 3.0" in metrics.text

        await readiness.stopping()
        await readiness.ready()
        assert (await client.get("/readyz")).text == "not ready: stopping\n"


async def test_a_taken_address_is_an_error_of_the_system() -> None:
    nothing = app(Readiness(), CollectorRegistry())
    async with serving_http(ANYWHERE, nothing) as taken:
        with pytest.raises(OSError, match="in use"):
            async with serving_http(taken, nothing):
                pass
