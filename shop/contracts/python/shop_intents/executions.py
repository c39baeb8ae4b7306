"""What became of a plan."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from shop_messages.commands import Id

Outcome = Literal["completed", "refused", "asked", "failed", "compensated"]
"""`refused`: a limit, a condition, a stock or the mandate forbade it, and nothing was changed.
`asked`: it waits for an approval, or for an answer. `failed`: it could not be ended, and what it
had changed could not be taken back. `compensated`: it could not be ended, and all was undone."""


class Happened(Struct, frozen=True, kw_only=True):
    """A step, and what became of it."""

    step_id: str
    kind: str
    state: Literal["waiting", "running", "done", "skipped", "failed", "undone"]
    says: str = ""
    at: str = ""
    """UTC, ISO 8601; empty while it waits."""


class Execution(Struct, frozen=True, kw_only=True):
    execution_id: Id
    plan_id: Id
    user_id: str
    state: Literal["running", "undoing", "ended"]
    outcome: Outcome | None = None
    says: str = ""
    steps: tuple[Happened, ...] = ()
    checkout_ids: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()
    spent_minor: int = 0
