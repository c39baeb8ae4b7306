"""Is a share above a limit, or below it? The answer is valid at any stop.

The e-value of the one-sided Jeffreys mixture: a gambler who starts with 1 and bets, against the
limit p0, on shares beyond it, spread as Beta(1/2, 1/2) cut at p0. Where the truth is p0 or on the
near side, the fortune E reaches 1/a with probability a at most, ever (Ville, 1939; Robbins, 1970).
So E may be read after every trial. In closed form,

    E = integral over p > p0 of p^S (1-p)^F dBeta(1/2, 1/2) / mass / (p0^S (1-p0)^F)

with S successes and F failures, which an incomplete beta function gives.
"""

from __future__ import annotations

import math


def log_e_above(successes: float, failures: float, limit: float) -> float:
    """Log of the e-value against "the share is at most `limit`" (0 < limit < 1).

    Counts need not be whole: dependent trials are deflated first (`assay.verdicts.dispersion`).
    For independent trials, 44 successes without a failure reach 40 against a limit of 0.9.
    """
    if not 0 < limit < 1:
        raise ValueError(f"a share is tested against a limit between 0 and 1, not {limit}")
    # The mass above p0 in p is the mass below 1 - p0 in 1 - p.
    a, b, x = failures + 0.5, successes + 0.5, 1 - limit
    return (
        log_incomplete_beta(a, b, x)
        - log_incomplete_beta(0.5, 0.5, x)
        - successes * math.log(limit)
        - failures * math.log1p(-limit)
    )


def log_e_below(successes: float, failures: float, limit: float) -> float:
    """Log of the e-value against "the share is at least `limit`"."""
    return log_e_above(failures, successes, 1 - limit)


def least_successes(trials: int, limit: float, alpha: float, effect: float = 1.0) -> int | None:
    """The least successes of `trials` that show a share above `limit`; None where none would.

    `alpha` is two-sided, so E must reach 2 / alpha. `effect` is the design effect that both counts
    are divided by.
    """
    threshold = math.log(2 / alpha)

    def shown(successes: int) -> bool:
        e = log_e_above(successes / effect, (trials - successes) / effect, limit)
        return e >= threshold

    if trials == 0 or not shown(trials):
        return None
    low, high = -1, trials
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def most_successes(trials: int, limit: float, alpha: float, effect: float = 1.0) -> int | None:
    """The most successes of `trials` that show a share below `limit`; None where none would."""
    failures = least_successes(trials, 1 - limit, alpha, effect)
    return None if failures is None else trials - failures


def log_incomplete_beta(a: float, b: float, x: float) -> float:
    """Log of the integral of t^(a-1) (1-t)^(b-1) over 0 ... x, not normalised; 0 < x < 1."""
    log_front = a * math.log(x) + b * math.log1p(-x)
    # The continued fraction is quick on the near side of the mean only.
    if x < (a + 1) / (a + b + 2):
        return log_front + math.log(_fraction(a, b, x) / a)
    log_whole = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    log_rest = log_front + math.log(_fraction(b, a, 1 - x) / b)
    return log_whole + math.log1p(-math.exp(log_rest - log_whole))


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    value = d
    # It converges in the order of sqrt(max(a, b)) steps.
    for m in range(1, 1000 + int(10 * math.sqrt(max(a, b)))):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + numerator * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + numerator / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            return value
    raise ArithmeticError(f"the incomplete beta function at {a}, {b}, {x} did not converge")
