"""Numbers for people, in one place, so that every report says the same figure the same way. Pure.

Bounds of an interval are rounded outwards: what is shown is never narrower than what was found,
and never on the other side of a requirement.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

NOTHING = "-"
OPEN = "…"
_ENDLESS = "∞"
SIGNS = {">=": "≥", "<=": "≤", "==": "="}
"""Comparisons as a page prints them; a terminal shows what the user typed."""


def amount(value: float | None, unit: str) -> str:
    """A figure in the unit of its claim: `6.42x`, `18.3 ms`, `92.3%` (of 0.923), `0.31`."""
    return NOTHING if value is None else _with_unit(_digits(value, unit, ROUND_HALF_EVEN), unit)


def interval(bounds: tuple[float, float] | None, unit: str) -> str:
    """`[5.91, 6.98]`; an end that is still open is `…`; per cent keep their sign, `[91.9%, …]`."""
    if bounds is None:
        return NOTHING
    low, high = bound(bounds[0], unit, upper=False), bound(bounds[1], unit, upper=True)
    return f"[{low}, {high}]"


def bound(value: float, unit: str, *, upper: bool) -> str:
    """One end of an interval, rounded outwards, without its unit (but `%`)."""
    if math.isinf(value) or math.isnan(value):
        return OPEN
    digits = _digits(value, unit, ROUND_CEILING if upper else ROUND_FLOOR)
    return _with_unit(digits, unit) if unit == "%" else digits


def needs(sign: str, required: float | None, unit: str) -> str:
    """`needs >= 3.1x`; empty for information."""
    return f"needs {sign} {exact(required, unit)}" if sign and required is not None else ""


def exact(value: float, unit: str) -> str:
    """A figure that somebody wrote: as many digits as it takes, `3.1x`, `20 ms`, `0.5%`."""
    scaled = _exact(value, unit).normalize()
    return _with_unit(f"{scaled:,f}", unit)


def latency(value_us: float) -> str:
    """Microseconds in ms: `0.31 ms`, `18.3 ms`, `1,250 ms`; `∞` where requests failed."""
    return amount(value_us / 1e3, "ms")


def microseconds(value_us: float) -> str:
    """For the engine's own delays, which are far under a millisecond: `4 µs`."""
    return f"{value_us:,.0f} µs"


def share(value: float) -> str:
    """A share in per cent: `0.21%`, `92.3%`."""
    return amount(value, "%")


def rate(per_s: float) -> str:
    """`1,000/s`, `18.3/s`."""
    return amount(per_s, "/s")


def duration(seconds: float) -> str:
    """`0:58`, `10:00`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def counted(number: int, noun: str) -> str:
    """`1 pair`, `12 pairs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share_of_one: float) -> str:
    """A whole or nearly whole per cent, as in `95% confidence`."""
    return f"{round(share_of_one * 100, 2):g}%"


def _exact(value: float, unit: str) -> Decimal:
    # By its shortest decimal form, so that 5.91 is 5.91 and not what binary makes of it.
    return Decimal(repr(value)) * (100 if unit == "%" else 1)


def _digits(value: float, unit: str, rounding: str) -> str:
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return _ENDLESS if value > 0 else f"-{_ENDLESS}"
    scaled = _exact(value, unit)
    if scaled == 0:
        return "0"
    places = _places(abs(float(scaled)), 100.0 if unit == "%" else 1.0, unit)
    return f"{scaled.quantize(Decimal(1).scaleb(-places), rounding=rounding):,f}"


def _places(size: float, whole: float, unit: str) -> int:
    """Decimals that tell about three significant digits; more where a share is nearly whole."""
    if unit in ("%", "") and 0.9 * whole < size < whole:
        missing = (whole - size) / whole
        return (
            min(6, 1 - math.floor(math.log10(missing))) - (2 if unit == "%" else 0) + (unit == "")
        )
    if size >= 100:
        return 0
    if size >= 10:
        return 1
    if size >= 0.1:
        return 2
    return min(6, (1 if unit == "%" else 2) - math.floor(math.log10(size)))


def _with_unit(digits: str, unit: str) -> str:
    if digits in (NOTHING, _ENDLESS):
        return digits
    return f"{digits} {unit}" if unit in ("ms", "s") else f"{digits}{unit}"
