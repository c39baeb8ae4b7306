"""From a claims file to a plan: which variants are compared, how, and what is asked.

Pure: nothing is started and nothing is measured. What cannot be judged is refused here, with the
reason and with what would do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assay.claims import ClaimsDocument, ClaimsFile, Row, Saturation, feeds_of
from assay.documents import DocumentError, Problem
from assay.run.asking import Asked, Refused, asked_by
from assay.run.lengths import block_length_s
from assay.verdicts import FaultQuestion, Quantity, RateTooLow

START_IN_BLOCKS = 6
"""As long as so many blocks takes a start with its warm-up."""
MOST_PAIRS = 60
"""Cap of the sign test's boundary; a claim that is not decided by then is UNDECIDED."""


@dataclass(frozen=True)
class Comparison:
    """Two variants (one, against limits) under one workload, and all that is asked of them."""

    name: str
    """`before~after.lookup`"""
    variants: tuple[str, ...]
    workload: str
    asked: tuple[Asked, ...]
    block_s: float
    pairs_per_epoch: int
    least_pairs: int
    """Measured even where every claim is decided sooner, for the information rows."""
    most_pairs: int
    error_limit: float
    uses: tuple[str, ...]
    """The services and provided files that it needs of the system."""
    saturation: Saturation | None = None
    """Between how many users each variant is saturated; None where that is not looked for."""
    audit: str | None = None
    """Run after each block."""
    measures_throughput: bool = False
    journey: bool = False
    """Users' visits, by a script; else requests, by the engine."""
    faults: tuple[str, ...] = ()
    """Each has a block of its own in a round; none: the load alone."""
    backlog: tuple[str, ...] = ()
    """Gauges that are looked at all the while, beside faults."""

    def blocks(self, faults: Collection[str]) -> tuple[tuple[str, str | None], ...]:
        """(variant, fault) of each block of a pair, in the order of the file.

        Of its faults, those of `faults`. One without a fault, the control, stands beside them where
        it is asked what they do.
        """
        if not self.faults:
            return tuple((variant, None) for variant in self.variants)
        watched = any(
            isinstance(asked.question, FaultQuestion) and asked.question.during in faults
            for asked in self.asked
        )
        control = (None,) if watched else ()
        wanted = (*control, *(fault for fault in self.faults if fault in faults))
        return tuple((variant, fault) for variant in self.variants for fault in wanted)

    @property
    def weight(self) -> int:
        """By which the budget is shared: with many faults there are as many blocks to a round."""
        return START_IN_BLOCKS + max(1, len(self.faults))

    def metrics(self, variant: str) -> tuple[str, ...]:
        """What this variant is asked of itself, beside what the engine measures."""
        asked = (q for each in self.asked for q in each.question.quantities)
        return tuple(sorted({q.measure for q in asked if q.is_metric and q.variant == variant}))


@dataclass(frozen=True)
class Plan:
    comparisons: tuple[Comparison, ...]
    """Those with claims first: information gets what is left of the budget."""
    order: tuple[str, ...]
    """Names of the rows in the order of the file."""
    seed: int
    alpha: float
    budget_s: float

    @property
    def variants(self) -> tuple[str, ...]:
        """Every variant that some comparison needs."""
        return tuple(dict.fromkeys(v for c in self.comparisons for v in c.variants))


def make_plan(claims: ClaimsDocument, only: Sequence[str], seed: int, budget_s: float) -> Plan:
    """What to measure for the rows of the file, or for those named in `only`.

    Raises DocumentError where a claim cannot be judged, and where `only` names no row.
    """
    rows = [row for row in claims.rows if not only or row.name in only]
    unknown = [name for name in only if name not in {row.name for row in claims.rows}]
    if unknown:
        known = ", ".join(row.name for row in claims.rows)
        path = str(claims.document.path)
        problems = [
            Problem(path, 0, 0, "--only", f"there is no claim `{name}`", f"the file has {known}")
            for name in unknown
        ]
        raise DocumentError(problems)
    problems: list[Problem] = []
    groups: _Groups = {}
    for row in rows:
        try:
            asked = asked_by(row, claims.file)
            block_s = block_length_s(row, asked, claims.file)
        except (Refused, RateTooLow) as refused:
            problems.append(claims.document.problem(*row.place, message=str(refused)))
            continue
        faulty = row.during is not None
        key = frozenset(asked.variants), asked.workload, row.pairs_per_epoch, faulty
        groups.setdefault(key, []).append((row, asked, block_s))
    if problems:
        raise DocumentError(problems)
    comparisons = [_comparison(claims, key, group) for key, group in _merged(groups).items()]
    comparisons.sort(key=lambda comparison: not any(a.judged for a in comparison.asked))
    return Plan(
        tuple(comparisons), tuple(row.name for row in rows), seed, claims.file.alpha, budget_s
    )


_Key = tuple[frozenset[str], str, int, bool]
"""The variants compared, the workload, the pairs of an epoch, and whether it is broken."""
_Groups = dict[_Key, list[tuple[Row, Asked, float]]]


def _merged(groups: _Groups) -> _Groups:
    """What is asked of one variant is answered by the blocks of a pair that has it, if one has."""
    merged: _Groups = {key: list(rows) for key, rows in groups.items() if len(key[0]) > 1}
    for key, rows in groups.items():
        if len(key[0]) > 1:
            continue
        hosts = [
            pair for pair in merged if key[0] < pair[0] and key[1] == pair[1] and key[3] == pair[3]
        ]
        # Beside a claim, where there is one: information is measured when all of those are judged.
        hosts.sort(key=lambda pair: not any(row.judged for row, _, _ in merged[pair]))
        merged.setdefault(hosts[0] if hosts else key, []).extend(rows)
    return merged


def _comparison(
    claims: ClaimsDocument, key: _Key, group: Sequence[tuple[Row, Asked, float]]
) -> Comparison:
    _, _, pairs_per_epoch, _ = key
    quantities = [q for _, asked, _ in group for q in asked.question.quantities]
    variants = tuple(dict.fromkeys(v for _, asked, _ in group for v in asked.variants))
    workload = group[0][1].workload
    asked_of = claims.file.workloads[workload]
    judged = any(row.judged for row, _, _ in group)
    least = max(row.pairs for row, _, _ in group)
    named = {row.during for row, _, _ in group}
    faults = tuple(fault for fault in claims.file.faults if fault in named)
    return Comparison(
        name=f"{'~'.join(variants)}.{workload}{' during faults' if faults else ''}",
        variants=variants,
        workload=workload,
        asked=tuple(asked for _, asked, _ in group),
        block_s=max(block_s for _, _, block_s in group),
        pairs_per_epoch=pairs_per_epoch,
        least_pairs=least,
        most_pairs=MOST_PAIRS * pairs_per_epoch if judged else least,
        error_limit=asked_of.errors,
        uses=_uses(claims.file, workload, quantities, faults),
        saturation=asked_of.saturation,
        audit=asked_of.audit,
        measures_throughput=any(q.is_throughput for q in quantities),
        journey=asked_of.journey is not None,
        faults=faults,
        backlog=asked_of.backlog if faults else (),
    )


def _uses(
    file: ClaimsFile, workload: str, quantities: Sequence[Quantity], faults: Sequence[str]
) -> tuple[str, ...]:
    asked = file.workloads[workload]
    broken = [each for name in faults for each in file.broken_by(name)]
    watched = (
        *(file.moments[each.at].of for each in broken if each.at is not None),
        *(file.alarms[each.alarm].of for each in broken if each.alarm is not None),
    )
    metrics = (*(q.measure for q in quantities if q.is_metric), *asked.backlog)
    counted = (of for name in metrics if (of := file.metrics[name].of))
    drawn = (file.feeds[name].source for name in feeds_of(asked))
    return tuple(dict.fromkeys((asked.to, *asked.uses, *counted, *watched, *filter(None, drawn))))
