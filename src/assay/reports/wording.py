"""Verdicts in sentences, for everyone who will not read a table. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from assay.evidence import RunRecord
from assay.reports.formatting import amount, bound, counted, exact, percent
from assay.verdicts.types import Outcome, Verdict

SHOWN = "shown"
"""Stands where a claim has its outcome: information promises nothing."""


def outcome_word(verdict: Verdict) -> str:
    return verdict.outcome.value if verdict.outcome else SHOWN


def claims_of(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.outcome]


def information_of(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if not verdict.outcome]


def headline(verdicts: Sequence[Verdict]) -> str:
    """`2 claims: 1 proved, 1 refuted`."""
    claims = claims_of(verdicts)
    if not claims:
        return "Nothing claimed; figures only"
    found = Counter(verdict.outcome for verdict in claims)
    parts = [f"{found[outcome]} {outcome.value.lower()}" for outcome in Outcome if found[outcome]]
    if len(parts) == 1:
        what = next(iter(found))
        assert what is not None
        return f"{counted(len(claims), 'claim')} {what.value.lower()}"
    return f"{counted(len(claims), 'claim')}: {', '.join(parts)}"


def left_hand_side(verdict: Verdict) -> str:
    """The formula without its comparison."""
    if not verdict.required_sign:
        return verdict.formula
    return verdict.formula.rpartition(verdict.required_sign)[0].strip() or verdict.formula


def sentence(verdict: Verdict) -> str:
    """The verdict as one would say it: what was found, how surely, and what was needed."""
    word = verdict.outcome.value.capitalize() if verdict.outcome else "Shown"
    why = _as_sentence(verdict.reason)
    if verdict.outcome is Outcome.INVALID or verdict.estimate is None:
        return f"{word}: {_ended(verdict.reason or 'the evidence cannot be used')}"
    found = f"{word}: {_found(verdict)}{_sureness(verdict)}{_requirement(verdict)}."
    return " ".join(part for part in (found, _basis(verdict), why) if part)


def method(record: RunRecord) -> str:
    """How verdicts are reached, in four sentences."""
    return (
        "The unit of inference is the pair: two adjacent blocks of load, one on each variant, in "
        "an order drawn by a coin, on the same sequence of requests. "
        "A figure is the median over the pairs of the two blocks' ratio (where one variant is "
        "held to a limit, over its blocks), and latency counts from the moment a request was due, "
        "so that a stall is charged to every request it delayed. "
        "An exact sequential sign test decides: its interval holds at every look, so a run may "
        "stop as soon as it can say, and processes are started afresh so that no verdict rests on "
        "one lucky start. "
        "Holm's procedure keeps the chance of any wrong verdict in the file below "
        f"{percent(record.alpha)}, and a pair is left out only for faults of the measurement, "
        "never for its value."
    )


def repeat_command(record: RunRecord) -> str:
    """The command that measures again with the same order, schedules and draws."""
    has_seed = any(word.partition("=")[0] == "--seed" for word in record.command.split())
    return record.command if has_seed else f"{record.command} --seed {record.seed}"


def _found(verdict: Verdict) -> str:
    left = left_hand_side(verdict)
    over, slash, under = left.partition(" / ")
    simple = slash and not set("()+*/") & set(over + under) and " - " not in left
    if verdict.unit == "x" and simple and verdict.estimate is not None:
        times = amount(verdict.estimate, "x").removesuffix("x")
        return f"{over} is {times} times {under}"
    return f"{left} is {amount(verdict.estimate, verdict.unit)}"


def _sureness(verdict: Verdict) -> str:
    if verdict.interval is None:
        return ""
    low, high = verdict.interval
    if math.isinf(low) and math.isinf(high):
        return ", and no interval can be given yet"
    ends = [
        f"at least {_bound(low, verdict.unit, upper=False)}" if math.isfinite(low) else "",
        f"at most {_bound(high, verdict.unit, upper=True)}" if math.isfinite(high) else "",
    ]
    sure = f"with {percent(1 - verdict.alpha)} confidence"
    if all(ends):
        between = (
            f"{_bound(low, verdict.unit, upper=False)} and {_bound(high, verdict.unit, upper=True)}"
        )
        return f", and {sure} between {between}"
    return f", and {sure} {''.join(ends)}"


def _bound(value: float, unit: str, *, upper: bool) -> str:
    digits = bound(value, unit, upper=upper)
    return f"{digits} {unit}" if unit in ("ms", "s") else digits + (unit if unit == "/s" else "")


def _requirement(verdict: Verdict) -> str:
    if verdict.required is None or not verdict.required_sign:
        return ""
    least = "at least" if verdict.required_sign.startswith(">") else "at most"
    if verdict.required_sign in ("==", "="):
        least = "exactly"
    needed = exact(verdict.required, verdict.unit)
    return f"; {least} {needed.removesuffix('x')} was needed"


def _basis(verdict: Verdict) -> str:
    if not verdict.pairs:
        return ""
    starts = f" on {counted(verdict.starts, 'fresh start')}" if verdict.starts else ""
    return f"{counted(verdict.pairs, 'pair')}{starts}."


def _as_sentence(text: str) -> str:
    """With a capital and a full stop; a name of the claims file keeps its spelling."""
    if not text:
        return ""
    return _ended(text if "." in text.split(" ", 1)[0] else text[0].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
