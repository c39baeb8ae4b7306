"""One trace a plan: from the request, through its steps, to what the shop did for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shop_intents import Add, CheckOut
from shop_kit.collecting import Collected, Collector
from shop_kit.testing import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

EXECUTOR = "plan-executor"
CHECKOUTS = "checkout-orchestrator"
UNDER = [
    ("product-lookup", "/shop.lookup.v1.ProductLookup/BatchGet", "step choose"),
    (CHECKOUTS, "POST /api/carts/{id}/items", "step add"),
    (CHECKOUTS, "POST /api/checkout", "step check_out"),
    (CHECKOUTS, "GET /api/checkout/{id}", "step wait"),
    ("order", "GET /api/orders/{id}", "step verify"),
]
"""What each service did, and the step that it did it for."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


def test_what_the_shop_did_is_in_the_trace_of_the_plan(open_shopping, wish, collector) -> None:
    shop = open_shopping(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="50"
    )
    with shop.shopper() as ann:
        assert ann.done(Add(item=wish("mug-s")), CheckOut())["outcome"] == "completed"

    def whole() -> dict[bytes, Collected]:
        roots = [e.span.trace_id for e in collector.collected if e.name == "POST /execute-plan"]
        spans = {e.span.span_id: e for e in collector.collected if e.span.trace_id in roots[:1]}
        # Each service sends its own when it likes.
        told = {(e.service, e.name) for e in spans.values()}
        due = {(EXECUTOR, "execute plan"), *((service, name) for service, name, _ in UNDER)}
        return spans if due <= told else {}

    wait_for(whole)
    spans = whole()

    def above(one: Collected) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while (parent := spans.get(one.span.parent_span_id)) is not None:
            found.append((parent.service, parent.name))
            one = parent
        return found

    for service, name, step in UNDER:
        those = [e for e in spans.values() if (e.service, e.name) == (service, name)]
        ways = [above(each) for each in those]
        assert any((EXECUTOR, step) in way for way in ways), (name, ways)
        assert all(way[-1] == (EXECUTOR, "POST /execute-plan") for way in ways)
    # How it was paid is in no span.
    assert not [e for e in collector.collected if b"pm_ok" in e.span.SerializeToString()]
