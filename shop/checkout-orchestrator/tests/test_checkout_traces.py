"""One trace a checkout, from the request through Kafka to its end, read back from a collector."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from shop_kit.collecting import Collected, Collector
from shop_kit.testing import wait_for

pytestmark = pytest.mark.integration

ORCHESTRATOR = "checkout-orchestrator"
FORWARD = [
    ("inventory", "process ReserveStock"),
    (ORCHESTRATOR, "process StockReserved"),
    ("payment", "process AuthorisePayment"),
    (ORCHESTRATOR, "process PaymentAuthorised"),
    ("payment", "process CapturePayment"),
    (ORCHESTRATOR, "process PaymentCaptured"),
    ("order", "process ConfirmOrder"),
    (ORCHESTRATOR, "process OrderConfirmed"),
    ("inventory", "process CommitStock"),
    (ORCHESTRATOR, "process StockCommitted"),
]
"""Each is below what the orchestrator did before it."""
BACK = [
    ("inventory", "process ReserveStock"),
    (ORCHESTRATOR, "process StockReserved"),
    ("payment", "process AuthorisePayment"),
    (ORCHESTRATOR, "process PaymentRefused"),
    ("inventory", "process ReleaseStock"),
    (ORCHESTRATOR, "process StockReleased"),
]


class Trace:
    """The spans of one trace."""

    def __init__(self, collected: list[Collected]) -> None:
        self.spans = {each.span.span_id: each for each in collected}

    def named(self, service: str, name: str) -> Collected:
        [found] = [e for e in self.spans.values() if (e.service, e.name) == (service, name)]
        return found

    def above(self, one: Collected) -> list[tuple[str, str]]:
        """Its parents, the nearest first."""
        found: list[tuple[str, str]] = []
        while (parent := self.spans.get(one.span.parent_span_id)) is not None:
            found.append((parent.service, parent.name))
            one = parent
        return found


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


@pytest.fixture(scope="module")
def shop(open_shop, collector: Collector):
    return open_shop(
        "saga", OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="50"
    )


def trace_of(shop, collector: Collector, method: str, last: tuple[str, str]) -> Trace:
    """Of a checkout that is paid by `method`; once its `last` span is there."""
    before = {each.span.trace_id for each in collector.collected}
    with shop.user() as ann:
        answer = shop.checkout(ann, ("mug", "mug-s", 1), payment_method=method)
        assert answer.status_code == 202, answer.text
        shop.ended(ann, answer.json()["checkout_id"])

    def whole() -> list[Collected]:
        [trace_id] = {
            each.span.trace_id
            for each in collector.collected
            if each.name == "POST /api/checkout" and each.span.trace_id not in before
        } or {b""}
        found = [each for each in collector.collected if each.span.trace_id == trace_id]
        return found if last in {(each.service, each.name) for each in found} else []

    wait_for(whole)
    return Trace(whole())


@pytest.mark.parametrize(("method", "steps"), [("pm_ok", FORWARD), ("pm_declined", BACK)])
def test_every_step_and_compensation_is_in_the_trace(
    shop, collector: Collector, method: str, steps: list[tuple[str, str]]
) -> None:
    trace = trace_of(shop, collector, method, steps[-1])
    root = trace.named(ORCHESTRATOR, "POST /api/checkout")
    assert not root.span.parent_span_id
    assert root.span.kind == Span.SPAN_KIND_SERVER
    decided = (ORCHESTRATOR, "POST /api/checkout")
    for service, name in steps:
        step = trace.named(service, name)
        assert decided in trace.above(step), (name, trace.above(step))
        assert step.span.kind == Span.SPAN_KIND_CONSUMER
        assert step.span.end_time_unix_nano >= step.span.start_time_unix_nano > 0
        attributes = step.attributes
        topic = f"{service}-commands" if service != ORCHESTRATOR else "checkout-replies"
        assert attributes["messaging.system"] == "kafka"
        assert attributes["messaging.destination.name"] == topic
        assert attributes["messaging.operation.type"] == "process"
        assert attributes["messaging.consumer.group.name"] == service
        assert attributes["messaging.message.id"]
        if service == ORCHESTRATOR:
            decided = (service, name)
    quoted = [each for each in trace.spans.values() if each.service == "product-lookup"]
    assert quoted
    assert all((ORCHESTRATOR, "POST /api/checkout") in trace.above(each) for each in quoted)
    called = trace.named("payment", "provider authorise")
    assert called.span.kind == Span.SPAN_KIND_CLIENT
    assert (ORCHESTRATOR, "process StockReserved") in trace.above(called)
    asked = [each for each in trace.spans.values() if each.service == "payment-provider"]
    assert all(("payment", "provider authorise") in trace.above(each) for each in asked[:1])
    assert asked


def test_no_span_tells_how_it_was_paid(shop, collector: Collector) -> None:
    trace_of(shop, collector, "pm_declined", BACK[-1])
    assert collector.collected
    assert not [each for each in collector.collected if b"pm_" in each.span.SerializeToString()]
