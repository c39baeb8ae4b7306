"""Why a step was not done, and what that means for the plan."""

from __future__ import annotations


class StepFailed(Exception):
    """The message says why, for people."""


class Forbidden(StepFailed):
    """A limit, a stock, the mandate or the shop said no, for good. `gone`: variants that cannot be
    had any more as they were chosen: another may take their place."""

    def __init__(self, says: str, gone: frozenset[str] = frozenset()) -> None:
        super().__init__(says)
        self.gone = gone


class Unable(StepFailed):
    """It took too long, or something is not as it is to be."""


class Cancelled(StepFailed):
    """A checkout was begun, and the shop has taken it back; `gone` as above."""

    def __init__(self, says: str, gone: frozenset[str] = frozenset()) -> None:
        super().__init__(says)
        self.gone = gone


class NoAnswer(Exception):
    """Whether it has taken place is not known; it may be asked again."""


class Rejected(Exception):
    """The shop's answer is no: nothing has taken place."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
