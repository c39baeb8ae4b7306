"""Messages, as they stand in records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from shop_kit.messages import EVENT_ID, Message, message_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ids = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=200)
names = st.text("abcdefghijklmnop-", min_size=1, max_size=10)


@given(names, texts, st.binary(max_size=50), ids, st.dictionaries(names, texts, max_size=3))
def test_what_is_sent_is_read_back(topic, key, payload, event_id, headers) -> None:
    sent = Message(topic, key, payload, event_id, headers)
    assert message_of(topic, key.encode(), payload, sent.record_headers()) == sent


# What is wrong, its headers, what is told.
OF_OTHERS = [
    ("no id", [("other", b"x")], f"has no header {EVENT_ID}"),
    ("an id that is null", [(EVENT_ID, None)], f"has no header {EVENT_ID}"),
    ("an empty id", [(EVENT_ID, b"")], f"has no header {EVENT_ID}"),
    ("an id too long", [(EVENT_ID, b"x" * 201)], "none of ours"),
    ("an id with NUL", [(EVENT_ID, b"a\0")], "none of ours"),
    ("a header that is no UTF-8", [(EVENT_ID, b"1"), ("other", b"\xff")], "utf-8"),
]


@pytest.mark.parametrize(
    ("headers", "told"), [row[1:] for row in OF_OTHERS], ids=[row[0] for row in OF_OTHERS]
)
def test_what_others_sent_is_refused(headers: list[tuple[str, bytes | None]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        message_of("orders", b"1", b"", headers)


def test_a_header_that_is_null_is_empty() -> None:
    found = message_of("orders", None, None, [(EVENT_ID, b"1"), ("other", None)])
    assert found == Message("orders", "", b"", "1", {"other": ""})


def test_ids_are_its_own() -> None:
    assert Message("t", "k", b"").event_id != Message("t", "k", b"").event_id


def test_the_trace_goes_with_it() -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("order") as span:
        message = Message("orders", "1", b"").traced()
    trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    assert trace_id in message.headers["traceparent"]
    assert "traceparent" not in Message("orders", "1", b"").traced().headers
