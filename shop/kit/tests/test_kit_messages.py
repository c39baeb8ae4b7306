"""Messages, as they stand in records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from shop_kit.messages import EVENT_ID, Message, message_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text("abcdefghijklmnop-", min_size=1, max_size=10)


@given(names, texts, st.binary(max_size=50), texts, st.dictionaries(names, texts, max_size=3))
def test_what_is_sent_is_read_back(topic, key, payload, event_id, headers) -> None:
    sent = Message(topic, key, payload, event_id, headers)
    assert message_of(topic, key.encode(), payload, sent.record_headers()) == sent


def test_what_others_sent_is_refused() -> None:
    with pytest.raises(ValueError, match=f"has no header {EVENT_ID}"):
        message_of("orders", b"1", b"", [("other", b"x")])


def test_ids_are_its_own() -> None:
    assert Message("t", "k", b"").event_id != Message("t", "k", b"").event_id


def test_the_trace_goes_with_it() -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("order") as span:
        message = Message("orders", "1", b"").traced()
    trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    assert trace_id in message.headers["traceparent"]
    assert "traceparent" not in Message("orders", "1", b"").traced().headers
