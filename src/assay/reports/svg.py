"""Drawings as SVG text: elements, and axes from values to pixels. Pure; classes, no colours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Point = tuple[float, float]


def element(name: str, *children: str, **attributes: str | float) -> Markup:
    """One element; text is escaped, `class_` and `stroke_width` become `class`, `stroke-width`."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
    )
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, inside)


def drawing(width: float, height: float, title: str, parts: Iterable[str]) -> Markup:
    """A whole drawing that a screen reader announces by its title."""
    return element(
        "svg",
        element("title", title),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=title,
        xmlns="http://www.w3.org/2000/svg",
    )


def line(start: Point, end: Point, class_: str) -> Markup:
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def polyline(points: Sequence[Point], class_: str) -> Markup:
    return element("polyline", points=_points(points), class_=class_)


def polygon(points: Sequence[Point], class_: str) -> Markup:
    return element("polygon", points=_points(points), class_=class_)


def dot(at: Point, radius: float, class_: str, tip: str = "") -> Markup:
    """A circle, with the words that a pointer resting on it shows."""
    told = [element("title", tip)] if tip else []
    return element("circle", *told, cx=at[0], cy=at[1], r=radius, class_=class_)


def label(at: Point, words: str, anchor: str = "start", class_: str = "") -> Markup:
    """`anchor` is start, middle or end."""
    return element("text", words, x=at[0], y=at[1], text_anchor=anchor, class_=f"label {class_}")


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_value(x)},{_value(y)}" for x, y in points)


def _value(value: str | float) -> str:
    # A tenth of a pixel is finer than any screen shows.
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Axis:
    """From values to pixels; what lies outside is drawn at the edge."""

    low: float
    high: float
    start_px: float
    end_px: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, value = self._scaled(self.low), self._scaled(self.high), self._scaled(value)
        share = (min(max(value, low), high) - low) / (high - low)
        return self.start_px + share * (self.end_px - self.start_px)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values within the axis, rising."""
        if not self.log:
            return _even_ticks(self.low, self.high, most)
        for mantissas in ((1, 2, 5), (1, 3), (1,)):
            ticks = _decade_ticks(self.low, self.high, mantissas)
            if len(ticks) <= most:
                break
        else:
            ticks = ticks[:: math.ceil(len(ticks) / most)]
        return ticks if len(ticks) >= 3 else _even_ticks(self.low, self.high, most)

    def _scaled(self, value: float) -> float:
        if not self.log:
            return value
        return math.log(value) if value > 0 else -math.inf


def axis_over(
    values: Iterable[float], start_px: float, end_px: float, *, log: bool, margin: float = 0.08
) -> Axis:
    """An axis on which all finite values fit, with a margin (a share of the span) at both ends."""
    finite = [v for v in values if math.isfinite(v) and (v > 0 or not log)] or [1.0]
    low, high = min(finite), max(finite)
    if log:
        # At least a tenth up and down, so that one value alone does not fill the drawing.
        stretch = max((high / low) ** margin, 1.1)
        return Axis(low / stretch, high * stretch, start_px, end_px, log=True)
    stretch = margin * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - stretch, high + stretch, start_px, end_px)


def _decade_ticks(low: float, high: float, mantissas: Sequence[int]) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    # By text, so that a tick at 0.3 is 0.3 and not 0.30000000000000004.
    ticks = [float(f"{m}e{decade}") for decade in decades for m in mantissas]
    return [tick for tick in ticks if low <= tick <= high]


def _even_ticks(low: float, high: float, most: int) -> list[float]:
    if high <= low:
        return [low]
    rough = (high - low) / most
    decade = math.floor(math.log10(rough))
    step = next(s for s in (1, 2, 5, 10) if s * 10.0**decade >= rough * (1 - 1e-9))
    size = step * 10.0**decade
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return [round(i * size, max(0, 1 - decade)) for i in range(first, last + 1)]
