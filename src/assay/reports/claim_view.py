"""What the HTML report shows of one claim, ready for the template. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from assay.evidence import Block, Run, pooled
from assay.reports import formatting as f
from assay.reports.charts import percentile_chart, ratio_chart, timeline_chart
from assay.reports.evidence_of import Subject, subject_of
from assay.reports.wording import outcome_word, sentence
from assay.verdicts.types import Verdict

PERCENTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True)
class EndpointRow:
    """One endpoint of one variant."""

    request: str
    variant: str
    hue: str
    times: tuple[str, ...]
    """At `PERCENTILES`."""
    errors: str
    rate: str


@dataclass(frozen=True)
class Check:
    """Something that would have spoilt the measurement, at its worst."""

    what: str
    worst: str
    where: str
    """The block; empty where there is nothing to point at."""


@dataclass(frozen=True)
class ClaimView:
    name: str
    says: str
    formula: str
    outcome: str
    sentence: str
    figures: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    percentiles: Markup | None
    ratios: Markup | None
    timeline: Markup | None
    endpoints: tuple[EndpointRow, ...]
    checks: tuple[Check, ...]


def claim_view(run: Run, verdict: Verdict) -> ClaimView:
    """A card of the report; without drawings where nothing was measured."""
    subject = subject_of(run, verdict)
    return ClaimView(
        name=verdict.name,
        says=verdict.says or verdict.name,
        formula=verdict.formula,
        outcome=outcome_word(verdict),
        sentence=sentence(verdict),
        figures=_figures(verdict),
        flags=verdict.flags,
        percentiles=subject and percentile_chart(subject),
        ratios=ratio_chart(verdict),
        timeline=subject and timeline_chart(subject),
        endpoints=_endpoints(subject) if subject else (),
        checks=_checks(subject, verdict) if subject else (),
    )


def _figures(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    unit = verdict.unit
    sign = f.SIGNS.get(verdict.required_sign, verdict.required_sign)
    needed = f.needs(sign, verdict.required, unit).removeprefix("needs ")
    shown = [
        ("measured", f.amount(verdict.estimate, unit)),
        (f"{f.percent(1 - verdict.alpha)} interval", f.interval(verdict.interval, unit)),
        ("needed", needed),
        ("mean of pairs", f.amount(verdict.mean, unit) if verdict.mean is not None else ""),
        ("all pooled", f.amount(verdict.pooled, unit) if verdict.pooled is not None else ""),
        ("pairs", str(verdict.pairs)),
        ("invalid pairs", str(verdict.invalid_pairs)),
        ("fresh starts", str(verdict.starts) if verdict.starts else "none"),
        ("time", f.duration(verdict.seconds)),
    ]
    return tuple((name, value) for name, value in shown if value)


def _endpoints(subject: Subject) -> tuple[EndpointRow, ...]:
    """All requests together first, then each endpoint where there are several."""
    names = subject.requests
    asked: list[tuple[str, str | None]] = [("all requests", None)]
    if len(names) > 1:
        asked += [(name, name) for name in names]
    rows: list[EndpointRow] = []
    for title, request in asked:
        for variant in subject.variants:
            times = pooled(subject.of(variant), request)
            rows.append(
                EndpointRow(
                    request=title if request or len(names) != 1 else names[0],
                    variant=variant,
                    hue=f"v{subject.hues[variant]}",
                    times=tuple(f.latency(times.quantile_us(q)) for q in PERCENTILES),
                    errors=f.share(times.error_rate),
                    rate=f.rate(times.ok_per_s),
                )
            )
    return tuple(rows)


def _checks(subject: Subject, verdict: Verdict) -> tuple[Check, ...]:
    """Measured on every block, whatever its latencies; `verdicts` holds the limits."""
    blocks = subject.blocks

    def worst(what: str, of: Callable[[Block], float], words: Callable[[float], str]) -> Check:
        block = max(blocks, key=of)
        return Check(what, words(of(block)), block.id if of(block) else "")

    def cores(value: float) -> str:
        return f"{value:.2f} cores"

    def longest_us(block: Block) -> float:
        return max((h.longest_us for h in block.machine.hiccups), default=0)

    restarted = [(name, block.id) for block in blocks for name in block.restarted]
    return (
        worst("Send lag of the engine, p99", lambda b: b.lag.quantile(0.99), f.microseconds),
        worst("Scheduled requests not sent", _unsent, f.share),
        worst("Engine's busiest thread", lambda b: b.engine_cpu, lambda v: f"{v:.0%} of a core"),
        worst("Failed requests", lambda b: b.error_rate(subject.request), f.share),
        worst("Neighbours on the machine", lambda b: b.machine.neighbour_cores, cores),
        worst("Taken by the hypervisor", lambda b: b.machine.stolen_cores, cores),
        worst("Longest hiccup of a core", longest_us, f.latency),
        Check(
            "Processes that restarted unasked",
            ", ".join(dict.fromkeys(name for name, _ in restarted)) or "none",
            restarted[0][1] if restarted else "",
        ),
        Check(
            "Pairs left out as invalid",
            f"{verdict.invalid_pairs} of {verdict.pairs + verdict.invalid_pairs}",
            "",
        ),
    )


def _unsent(block: Block) -> float:
    return 1 - block.sent / block.scheduled if block.scheduled else 0.0


def views(run: Run, verdicts: Sequence[Verdict]) -> tuple[ClaimView, ...]:
    return tuple(claim_view(run, verdict) for verdict in verdicts)
