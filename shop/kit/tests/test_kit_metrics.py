from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from shop_kit.metrics import BUCKETS_S, RequestMetrics

calls = st.tuples(
    st.sampled_from(["Get", "List"]),
    st.sampled_from(["OK", "NOT_FOUND"]),
    st.floats(0, 5) | st.sampled_from(BUCKETS_S),
)


@given(st.lists(calls, max_size=50))
def test_what_prometheus_reads_is_what_was_observed(observed) -> None:
    metrics = RequestMetrics("tea")
    registry = CollectorRegistry()
    registry.register(metrics)
    for call in observed:
        metrics.observe(*call)

    read = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }
    for method in {method for method, _, _ in observed}:
        of_method = [(code, seconds) for m, code, seconds in observed if m == method]
        label = ("method", method)
        assert read["tea_request_seconds_count", label] == len(of_method)
        for code in {code for code, _ in of_method}:
            counted = read["tea_requests_total", ("code", code), label]
            assert counted == sum(c == code for c, _ in of_method)
        for bound in BUCKETS_S:
            within = read["tea_request_seconds_bucket", ("le", str(bound)), label]
            assert within == sum(seconds <= bound for _, seconds in of_method)
    assert len(observed) == sum(v for (name, *_), v in read.items() if name.endswith("_total"))
