"""Counters as Prometheus shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import generate_latest

from assay.evidence import EvidenceError
from assay.evidence.counters import rise, total

TEXT = """\
# HELP cache_hits_total Answered from the cache.
# TYPE cache_hits_total counter
cache_hits_total{kind="page"} 90.0
cache_hits_total{kind="list"} 7.5e1
untyped_one 3
"""


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("cache_hits_total", {}, 165.0),
        ("cache_hits_total", {"kind": "list"}, 75.0),
        ("cache_hits_total", {"kind": "none"}, None),
        ("untyped_one", {}, 3.0),
        ("cache_hits", {}, None),
        ("absent_total", {}, None),
    ],
)
def test_samples_with_the_labels_are_added_up(name, labels, value):
    assert total(TEXT, name, labels) == value


def test_what_is_no_exposition_is_refused():
    with pytest.raises(EvidenceError, match="no Prometheus exposition"):
        total("<html>not here</html>\n", "cache_hits_total", {})


@given(st.dictionaries(st.text(max_size=20), st.integers(0, 10**9), min_size=1, max_size=5))
def test_what_a_client_counts_is_read_back(counts):
    registry = CollectorRegistry()
    counter = Counter("reads", "Whatever.", ["kind"], registry=registry)
    for kind, count in counts.items():
        counter.labels(kind).inc(count)
    text = generate_latest(registry).decode()
    assert total(text, "reads_total", {}) == sum(counts.values())
    for kind, count in counts.items():
        assert total(text, "reads_total", {"kind": kind}) == count


@pytest.mark.parametrize(
    ("why", "before", "after", "risen"),
    [
        ("both rose", (10, 20), (19, 30), (9, 10)),
        ("nothing happened", (10, 20), (10, 20), (0, 0)),
        ("the service was begun anew", (10, 20), (1, 2), None),
        ("only the part was", (10, 20), (9, 30), None),
        ("no part of its whole", (10, 20), (30, 30), None),
        ("a counter that is no part", (10, None), (13, None), (3, 1)),
        ("such a one, begun anew", (10, None), (3, None), None),
        ("not read before", None, (1, 2), None),
        ("not read after", (1, 2), None, None),
    ],
)
def test_a_rise(why, before, after, risen):
    assert rise(before, after) == risen, why
