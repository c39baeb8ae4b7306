"""What a check may ask of a breaker, whoever made it. An adapter is a subclass of `Guarded`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Outcome = Literal["success", "failure", "timeout", "rejected"]
Transition = Literal["open", "half_open", "closed"]
Call = Callable[..., Any]
AsyncCall = Callable[..., Awaitable[Any]]


class NotOffered(Exception):
    """The library has no setting or no interface for it."""


@dataclass(frozen=True)
class Wanted:
    """Settings. What is None is left to the library."""

    failures: int = 4
    """So many, and nothing else, open it."""
    wait_s: float = 0.15
    ignored: tuple[type[Exception], ...] = ()
    failure_rate: float | None = None
    """Opens at this share of the last 10 calls, once there were `failures` calls."""
    slow_call_s: float | None = None
    """Calls that take so long count like failures, by a rate of their own of 0.75."""
    successes: int | None = None
    """So many probes are to go well before it closes."""
    shared: bool = False
    """Whether blocking calls and tasks are to go through the same breaker."""


class Guarded(ABC):
    """A breaker of the library, and how it is used from blocking code and from tasks."""

    package: ClassVar[str]
    """As it is installed and imported; of ours, as it is imported."""
    through: ClassVar[str]
    """The parts of its interface that the adapter uses."""
    probes: int = 1
    """While half open: so many at once, and so many to be judged by."""

    def __init__(self, wanted: Wanted) -> None:
        """Raises NotOffered, or ValueError where the library refuses the settings."""
        self.wanted = wanted

    @abstractmethod
    def guard(self, function: Call) -> Call:
        """The function, to be called through the breaker."""

    @abstractmethod
    def guard_async(self, function: AsyncCall) -> AsyncCall: ...

    def retry_after_s(self, error: Exception) -> float:
        """What a rejected call is told of when to come again."""
        raise NotOffered

    def transitions(self) -> list[Transition]:
        """All changes of state so far, as a listener or the metrics were told."""
        raise NotOffered

    def count(self, outcome: Outcome) -> int:
        """Calls so far that ended so, as a listener or the metrics were told."""
        raise NotOffered


def refuse(**settings: object) -> None:
    """Raises NotOffered where a setting is asked for that the library does not have."""
    asked = [name for name, value in settings.items() if value]
    if asked:
        raise NotOffered(", ".join(asked))
