"""The drawings of the HTML report: percentiles, the ratio as it closed, the run over time. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from assay.evidence import Block, Pooled, pooled
from assay.reports import formatting as f
from assay.reports.evidence_of import Subject
from assay.reports.svg import (
    Axis,
    Point,
    axis_over,
    dot,
    drawing,
    label,
    line,
    polygon,
    polyline,
)
from assay.reports.wording import left_hand_side
from assay.verdicts.types import Verdict

_NINES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99"))
_CURVE_POINTS = 120


@dataclass(frozen=True)
class _Frame:
    """Where a drawing's plot lies."""

    width: float
    height: float
    left: float = 58
    right: float = 14
    top: float = 30
    bottom: float = 34

    @property
    def x(self) -> tuple[float, float]:
        return self.left, self.width - self.right

    @property
    def y(self) -> tuple[float, float]:
        """From the bottom up, as values rise."""
        return self.height - self.bottom, self.top


_HALF = _Frame(470, 300)
_WHOLE = _Frame(960, 240)


def percentile_chart(subject: Subject) -> Markup | None:
    """Latency of each variant from p50 to p99.99, where every nine takes the same width."""
    request = subject.request
    curves = [(v, pooled(subject.of(v), request)) for v in subject.variants]
    drawn = [(v, p, _curve(p)) for v, p in curves if p.answered.count]
    values = [us for _, _, points in drawn for _, us in points]
    if not values:
        return None
    frame = _HALF
    x = Axis(_nines(0.5), _nines(0.9999), *frame.x)
    y = axis_over(values, *frame.y, log=True)
    parts = [*_y_grid(frame, y, lambda us: f.exact(us / 1e3, "ms"))]
    for q, name in _NINES:
        at = x.at(_nines(q))
        parts.append(line((at, frame.y[0]), (at, frame.y[1]), "grid"))
        anchor = "end" if q == 0.9999 else "middle"
        parts.append(label((at, frame.y[0] + 18), name, anchor, "soft"))
    for variant, _, points in drawn:
        pixels = [(x.at(nines), y.at(us)) for nines, us in points]
        parts.append(polyline(pixels, f"curve {_hue(subject, variant)}"))
    parts += _marks(subject, [(v, p) for v, p, _ in drawn], x, y)
    parts += _legend(frame, subject, request or "")
    title = f"Latency percentiles of {' and '.join(subject.variants)} under {subject.workload}"
    return drawing(frame.width, frame.height, title, parts)


def ratio_chart(verdict: Verdict) -> Markup | None:
    """Each pair's figure, the interval after each pair as it closed, and what was needed."""
    if not verdict.ratios:
        return None
    frame, unit = _HALF, verdict.unit
    lines = [v for v in (verdict.required, verdict.estimate) if v is not None]
    values = [v for v in (*verdict.ratios, *lines, *(verdict.interval or ())) if math.isfinite(v)]
    log = unit != "%" and bool(values) and min(values) > 0
    count = max(len(verdict.ratios), len(verdict.history))
    x = Axis(0.5, count + 0.5, *frame.x)
    y = axis_over(values, *frame.y, log=log)
    parts = [*_y_grid(frame, y, lambda value: f.exact(value, unit))]
    for tick in _whole_ticks(count):
        parts.append(label((x.at(tick), frame.y[0] + 18), str(tick), "middle", "soft"))
    parts.append(label((frame.x[0] - 7, frame.y[0] + 18), "pair", "end", "soft"))
    parts += _closing(verdict, x, y)
    if verdict.estimate is not None:
        at = y.at(verdict.estimate)
        parts.append(line((frame.x[0], at), (frame.x[1], at), "estimate"))
    for number, ratio in enumerate(verdict.ratios, 1):
        tip = f"pair {number}: {f.amount(ratio, unit)}"
        parts.append(dot((x.at(number), y.at(ratio)), 4, "pair", tip))
    if verdict.required is not None:
        parts += _required(verdict, verdict.required, frame, y)
    parts.append(label((frame.x[0], 16), left_hand_side(verdict), "start", "soft"))
    title = f"{left_hand_side(verdict)} pair by pair, with its interval"
    return drawing(frame.width, frame.height, title, parts)


def timeline_chart(subject: Subject) -> Markup | None:
    """Median and p99 of every slice of every block, on the clock of the run."""
    begun = [(datetime.fromisoformat(block.started_utc), block) for block in subject.blocks]
    if not begun:
        return None
    first = min(at for at, _ in begun)
    placed = [((at - first).total_seconds(), block) for at, block in begun]
    values = [us for b in subject.blocks for s in b.slices for us in (s.median_us, s.p99_us)]
    if not any(math.isfinite(us) and us > 0 for us in values):
        return None
    frame = _WHOLE
    x = Axis(0.0, max(at + block.seconds for at, block in placed), *frame.x)
    y = axis_over(values, *frame.y, log=True)
    parts = [*_y_grid(frame, y, lambda us: f.exact(us / 1e3, "ms"))]
    for tick in _time_ticks(x.high):
        parts.append(label((x.at(tick), frame.y[0] + 18), f.duration(tick), "middle", "soft"))
    parts += _starts(placed, frame, x)
    for at, block in placed:
        hue = _hue(subject, block.variant)
        for measure, look in (("median_us", "median"), ("p99_us", "tail")):
            points = _slice_points(block, measure, at, x, y)
            parts.append(polyline(points, f"slices {look} {hue}"))
    parts += _legend(frame, subject, "p99 solid, median faint; upright lines: fresh starts")
    title = f"Median and p99 of {' and '.join(subject.variants)} over the run"
    return drawing(frame.width, frame.height, title, parts)


def _nines(q: float) -> float:
    """1 for p90, 2 for p99, 3 for p99.9: the tail gets the room it deserves."""
    return -math.log10(1 - q)


def _curve(times: Pooled) -> list[tuple[float, float]]:
    """(nines, us) as far as there are requests to say it: the slowest of n says 1 - 1/n."""
    low, high = _nines(0.5), min(_nines(0.9999), math.log10(max(times.requests, 2)))
    step = (high - low) / (_CURVE_POINTS - 1)
    points = [(low + i * step, 1 - 10 ** -(low + i * step)) for i in range(_CURVE_POINTS)]
    curve = [(nines, times.quantile_us(q)) for nines, q in points]
    return [(nines, us) for nines, us in curve if math.isfinite(us)]


def _marks(
    subject: Subject, curves: Sequence[tuple[str, Pooled]], x: Axis, y: Axis
) -> list[Markup]:
    """The percentile that the claim is about, on every curve, with its value."""
    q = next((each.quantile for each in subject.quantities if each.quantile), None)
    if q is None or not 0.5 <= q <= 0.9999:
        return []
    at = x.at(_nines(q))
    found = [(variant, times.quantile_us(q)) for variant, times in curves]
    found.sort(key=lambda each: -each[1])
    marks = [line((at, y.start_px), (at, y.end_px), "asked")]
    for place, (variant, us) in enumerate(found):
        hue = _hue(subject, variant)
        # The slower curve's value stands above it, the other's below: they never meet. Left or
        # right is where the curve itself is not, and where the drawing does not end.
        below = place > 0
        right = q < 0.8 or (below and q < 0.995)
        shift = (8 if right else -7, 17 if below else -10)
        marks.append(dot((at, y.at(us)), 4, f"mark {hue}"))
        marks.append(
            label(
                (at + shift[0], y.at(us) + shift[1]),
                f.latency(us),
                "start" if right else "end",
                f"halo {hue}",
            )
        )
    return marks


def _closing(verdict: Verdict, x: Axis, y: Axis) -> list[Markup]:
    """The interval after each pair as a band of steps; an open end reaches the edge."""
    upper: list[Point] = []
    lower: list[Point] = []
    for number, (low, high) in enumerate(verdict.history, 1):
        if math.isinf(low) and math.isinf(high):
            continue
        left, right = x.at(number - 0.5), x.at(number + 0.5)
        top = y.at(high) if math.isfinite(high) else y.end_px
        bottom = y.at(low) if math.isfinite(low) else y.start_px
        upper += [(left, top), (right, top)]
        lower += [(left, bottom), (right, bottom)]
    return [polygon([*upper, *reversed(lower)], "band")] if upper else []


def _required(verdict: Verdict, required: float, frame: _Frame, y: Axis) -> list[Markup]:
    at = y.at(required)
    sign = f.SIGNS.get(verdict.required_sign, verdict.required_sign)
    words = f.needs(sign, required, verdict.unit)
    # On the side where it is not met, there are rarely pairs.
    under = verdict.required_sign.startswith(">") == (at < frame.y[0] - 24)
    return [
        line((frame.x[0], at), (frame.x[1], at), "required"),
        label((frame.x[1] - 4, at + (16 if under else -7)), words, "end", "halo needs"),
    ]


def _starts(placed: Sequence[tuple[float, Block]], frame: _Frame, x: Axis) -> list[Markup]:
    """A line where a new epoch begins."""
    parts: list[Markup] = []
    seen: set[int] = set()
    for at, block in sorted(placed, key=lambda each: each[0]):
        if block.epoch not in seen:
            seen.add(block.epoch)
            parts.append(line((x.at(at), frame.y[0]), (x.at(at), frame.y[1]), "start"))
    return parts


def _slice_points(block: Block, measure: str, at: float, x: Axis, y: Axis) -> list[Point]:
    times = [(s.at_s, float(getattr(s, measure))) for s in block.slices]
    return [(x.at(at + s), y.at(us)) for s, us in times if math.isfinite(us) and us > 0]


def _y_grid(frame: _Frame, y: Axis, words: Callable[[float], str]) -> list[Markup]:
    parts: list[Markup] = []
    for tick in y.ticks():
        parts.append(line((frame.x[0], y.at(tick)), (frame.x[1], y.at(tick)), "grid"))
        parts.append(label((frame.x[0] - 7, y.at(tick) + 4), words(tick), "end", "soft"))
    return parts


def _whole_ticks(count: int) -> list[int]:
    step = max(1, math.ceil(count / 12))
    return list(range(step if step > 1 else 1, count + 1, step))


def _time_ticks(seconds: float) -> list[float]:
    """At most nine, on steps that people count minutes in."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)
    step = next((s for s in steps if seconds / s <= 8), math.ceil(seconds / 8))
    return [float(at) for at in range(0, math.floor(seconds) + 1, step)]


def _legend(frame: _Frame, subject: Subject, more: str = "") -> list[Markup]:
    parts: list[Markup] = []
    at = frame.x[0]
    for variant in subject.variants:
        hue = _hue(subject, variant)
        parts.append(line((at, 12), (at + 18, 12), f"curve {hue}"))
        parts.append(label((at + 24, 16), variant, "start", hue))
        at += 44 + 7.4 * len(variant)
    if more:
        parts.append(label((frame.x[1], 16), more, "end", "soft"))
    return parts


def _hue(subject: Subject, variant: str) -> str:
    return f"v{subject.hues[variant]}"
