"""What a run is doing, while it does it: redrawn in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from assay.reports import formatting as f
from assay.reports.terminal import table_lines
from assay.verdicts.types import Verdict

LINE_EVERY_S = 2.0
"""Without a terminal: at most one line as often for the same thing."""
QUIET_S = 10.0
"""Without a terminal: after so long without a line, one says what is running."""
_REDRAWS_PER_S = 4
"""Few, because drawing takes time on the machine that is being measured."""


@dataclass(frozen=True)
class _Standing:
    name: str
    pairs: int
    estimate: str
    interval: str
    required: str
    seconds: float

    def __str__(self) -> str:
        found = f"{self.name}: {self.estimate} {self.interval} {self.required}".rstrip()
        return f"{found}, {f.counted(self.pairs, 'pair')}"


class LiveProgress:
    """A context manager; leaving it, in whatever way, leaves a clean terminal."""

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console or Console(stderr=True)
        self._clock = clock
        self._begun_s = clock()
        self._said_s: dict[str, float] = {}
        self._line_s = self._begun_s
        self._stage = ""
        self._running: tuple[str, float, float] | None = None
        self._standings: dict[str, _Standing] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live: Live | None = None
        self._still = False
        """While a block is measured."""
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(
                get_renderable=self._drawn,
                console=self._console,
                auto_refresh=False,
                transient=True,
                # Standard output may be a pipe that waits for one JSON document.
                redirect_stdout=False,
                vertical_overflow="crop",
            )
            self._live.start()
            threading.Thread(target=self._redraw, args=[self._live], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def stage(self, message: str) -> None:
        """What the run is doing from now on."""
        self._stage, self._running, self._still = message, None, False
        if self._live is None:
            self._line(Text(message))

    def measuring(self, what: str, seconds: float) -> None:
        """A block of so many seconds begins; the screen keeps still until the next word."""
        self._stage, self._running = f"{what}, {seconds:.0f} s", None
        if self._live is not None:
            self._live.refresh()
        self._still = True

    def running(self, what: str, done: float, total: float) -> None:
        """How far a thing of known length (s) has come; drawn now and at the next word."""
        self._running = (what, done, total)
        self._still = True
        if self._live is not None:
            self._live.refresh()
        elif self._clock() - self._line_s >= QUIET_S:
            self._line(Text(f"{what}: {done:.0f} of {total:.0f} s"))

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
        standing = _Standing(name, pairs, estimate_text, interval_text, required_text, seconds)
        self._standings[name] = standing
        self._still = False
        if self._live is None:
            now_s = self._clock()
            if now_s - self._said_s.get(name, -LINE_EVERY_S) >= LINE_EVERY_S:
                self._said_s[name] = now_s
                self._line(Text(str(standing)))

    def note(self, message: str) -> None:
        """Something that the user should know and that ends nothing."""
        self._line(Text.assemble(("note: ", "yellow"), message))

    def verdict(self, verdict: Verdict) -> None:
        """A claim that has been decided; it stays on the screen."""
        self._standings.pop(verdict.name, None)
        for line in table_lines([verdict], self._console.width):
            self._line(line)

    def _redraw(self, live: Live) -> None:
        while not self._ended.wait(1 / _REDRAWS_PER_S):
            if not self._still:
                live.refresh()

    def _line(self, line: Text) -> None:
        """Above the region, for good; without a terminal with the time since the start."""
        self._line_s = self._clock()
        if self._live is None:
            at = f"{f.duration(self._line_s - self._begun_s):>5}  "
            line = Text.assemble((at, "dim"), line)
        self._console.print(line, soft_wrap=True, highlight=False)

    def _drawn(self) -> RenderableType:
        elapsed = f.duration(self._clock() - self._begun_s)
        self._spinner.update(text=Text.assemble((elapsed, "dim"), "  ", self._stage))
        parts: list[RenderableType] = [self._spinner]
        if self._running:
            parts.append(_bar(*self._running))
        if self._standings:
            parts.append(_standings(list(self._standings.values())))
        return Group(*parts)


def _bar(what: str, done: float, total: float) -> Table:
    row = Table.grid(padding=(0, 2))
    row.add_column(no_wrap=True, overflow="ellipsis")
    row.add_column(width=24)
    row.add_column(justify="right", no_wrap=True)
    bar = ProgressBar(total=total, completed=min(done, total), width=24)
    row.add_row(Text(f"  {what}"), bar, Text(f"{done:.1f} of {total:.1f} s", "dim"))
    return row


def _standings(standings: list[_Standing]) -> Table:
    table = Table.grid(padding=(0, 3))
    for justify in ("left", "right", "left", "left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True, overflow="ellipsis")
    for each in standings:
        table.add_row(
            Text(f"  {each.name}"),
            Text(each.estimate, "bold"),
            Text(each.interval),
            Text(each.required),
            Text(f.counted(each.pairs, "pair")),
            Text(f.duration(each.seconds)),
        )
    return table
