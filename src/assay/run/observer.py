"""Whom a run tells what it is doing: the terminal, or nobody."""

from __future__ import annotations

from typing import Protocol

from assay.verdicts import Verdict


class Observer(Protocol):
    def stage(self, message: str) -> None:
        """What the run is doing from now on."""

    def measuring(self, what: str, seconds: float) -> None:
        """A block of so many seconds begins. Keeps still until the next word: showing anything
        would take time from the system that is measured.
        """

    def running(self, what: str, done: float, total: float) -> None:
        """How far a thing of known length has come (seconds)."""

    def standing(
        self,
        name: str,
        pairs: int,
        estimate_text: str,
        interval_text: str,
        required_text: str,
        seconds: float,
    ) -> None:
        """Where a claim stands after another pair."""

    def note(self, message: str) -> None:
        """Something that the user should know and that ends nothing."""

    def verdict(self, verdict: Verdict) -> None:
        """A claim that has been decided."""
