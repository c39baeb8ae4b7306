"""How a lookup is run: settings, traces, and how it ends."""

from __future__ import annotations

import asyncio
import signal

import grpc
import pytest
from grpc_health.v1 import health_pb2
from shop_kit.testing import free_port, wait_for

pytestmark = pytest.mark.integration

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"

A_MUG = """
    INSERT INTO brands VALUES ('b', 'Heath');
    INSERT INTO categories VALUES ('c', NULL, 'Mugs', '{Mugs}');
    INSERT INTO products (id, title, brand_id, category_id) VALUES ('mug', 'Mug', 'b', 'c');
"""


@pytest.fixture(scope="module")
def postgres(postgres, empty_catalogue: str) -> object:
    asyncio.run(postgres.sql(empty_catalogue, A_MUG))
    return postgres


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOOKUP_READS", "sometimes"),
        ("LOOKUP_POOL_MAX", "many"),
        ("LOOKUP_POOL_MAX", "0"),
        ("LOOKUP_REFRESH_S", "soon"),
        ("LOOKUP_GRPC_ADDR", "nowhere"),
        ("LOOKUP_HTTP_ADDR", "127.0.0.1:http"),
        ("LOOKUP_KAFKA", "kafka"),
        ("LOOKUP_KAFKA", "127.0.0.1:9092,nowhere"),
        ("LOOKUP_KAFKA", "127.0.0.1:0"),
        ("LOOKUP_DSN", "nonsense"),
    ],
)
def test_a_wrong_setting_is_one_message_and_exit_2(launch, variable: str, value: str) -> None:
    lookup = launch(**{variable: value})
    assert lookup.process.wait(20) == 2
    said = lookup.log.read_text().strip()
    assert variable in said
    assert value in said
    assert len(said.splitlines()) == 1, said


def test_a_port_that_is_taken_is_named_and_exit_2(launch) -> None:
    first = launch()
    first.wait_ready()
    taken = f"127.0.0.1:{first.grpc_port}"
    second = launch(LOOKUP_GRPC_ADDR=taken)
    assert second.process.wait(20) == 2
    assert taken in second.log.read_text()
    assert "LOOKUP_GRPC_ADDR" in second.log.read_text()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_says_so_and_exits_0(launch, ending: signal.Signals) -> None:
    lookup = launch()
    lookup.wait_ready()
    watch = lookup.watch_health()
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    lookup.process.send_signal(ending)
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()
    assert lookup.process.wait(6) == 0
    assert lookup.code("mug") is grpc.StatusCode.UNAVAILABLE


def test_calls_under_way_are_answered_before_it_ends(launch, postgres, reads) -> None:
    if reads != "store":
        pytest.skip("a call that waits needs a store to wait for")
    lookup = launch()
    lookup.wait_ready()
    watch = lookup.watch_health()
    next(watch)

    async def hold_the_products_and_end() -> grpc.Future:
        async with postgres.connection() as holder, holder.transaction():
            await holder.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
            call = lookup.get_later("mug")
            await asyncio.to_thread(wait_for, lambda: waiting() == 1)
            lookup.process.terminate()
            assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
            watch.cancel()
            assert not call.done()
            return call

    def waiting() -> int:
        return asyncio.run(postgres.value("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    call = asyncio.run(hold_the_products_and_end())
    assert call.result().product.id == "mug"
    assert lookup.process.wait(6) == 0


def test_a_call_that_never_ends_holds_it_five_seconds_at_most(launch, reads) -> None:
    if reads != "snapshot":
        pytest.skip("the same in both; once is enough")
    lookup = launch()
    lookup.wait_ready()
    watch = lookup.watch_health()
    next(watch)
    lookup.process.terminate()
    assert lookup.process.wait(8) == 0


def test_traces_join_those_of_the_caller(launch, collector) -> None:
    lookup = launch(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    lookup.wait_ready()
    lookup.get("mug", metadata=(("traceparent", TRACEPARENT),))
    lookup.get("mug")

    def joined() -> list:
        return [span for span in collector.spans if span.trace_id.hex() == TRACE_ID]

    wait_for(joined)
    (span,) = joined()
    assert span.parent_span_id.hex() == SPAN_ID
    assert span.kind == span.SPAN_KIND_SERVER
    assert "Get" in span.name
    # Health checks and reflection aside, a request is a span; what is left is sent at the end.
    assert lookup.stop() == 0
    assert sum("ProductLookup/Get" in each.name for each in collector.spans) == 2


def test_a_collector_that_is_gone_neither_harms_nor_holds_it(launch) -> None:
    lookup = launch(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    lookup.wait_ready()
    assert lookup.get("mug").title == "Mug"
    lookup.process.terminate()
    assert lookup.process.wait(8) == 0
