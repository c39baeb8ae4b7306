"""What is sent over Kafka: plain data, and how it stands in a record."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from opentelemetry import propagate
from opentelemetry.context import Context

EVENT_ID = "event-id"
# As an inbox can hold it.
_ID = re.compile(r"[ -~]{1,200}")


@dataclass(frozen=True)
class Message:
    """One event. Those of one key arrive in the order in which they were committed."""

    topic: str
    key: str
    payload: bytes
    event_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Unique: whoever sees it twice acts once."""
    headers: dict[str, str] = field(default_factory=dict)
    """W3C trace context among them."""

    def traced(self, context: Context | None = None) -> Message:
        """The same, under the trace of whoever asks, or of `context`."""
        headers = dict(self.headers)
        propagate.inject(headers, context)
        return Message(self.topic, self.key, self.payload, self.event_id, headers)

    def record_headers(self) -> list[tuple[str, bytes]]:
        return [
            (name, value.encode())
            for name, value in {EVENT_ID: self.event_id, **self.headers}.items()
        ]


def message_of(
    topic: str, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> Message:
    """From a record. ValueError where it has no event id, and so was not sent by us."""
    found = {name: (value or b"").decode() for name, value in headers}
    event_id = found.pop(EVENT_ID, "")
    if not event_id:
        raise ValueError(f"a record of {topic} has no header {EVENT_ID}")
    if not _ID.fullmatch(event_id):
        raise ValueError(f"a record of {topic} has a header {EVENT_ID} that is none of ours")
    return Message(topic, (key or b"").decode(), value or b"", event_id, found)
