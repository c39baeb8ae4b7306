"""The evidence behind a verdict: which blocks it rests on. Pure.

A verdict names its variants, workload and endpoint in its formula, as the claims file does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assay.evidence import Block, Run
from assay.verdicts.types import Quantity, Verdict

_QUANTITY = re.compile(
    r"""(?<![\w.-])(?P<variant>[A-Za-z_][\w-]*)\.(?P<workload>[A-Za-z_][\w-]*)
        (?:\["(?P<request>[^"]*)"\])?\.(?P<measure>p\d+(?:\.\d+)?|[A-Za-z_]\w*)""",
    re.VERBOSE,
)


HUES = 6


@dataclass(frozen=True)
class Subject:
    """What a verdict is about, and the blocks it was reached on."""

    quantities: tuple[Quantity, ...]
    """As the formula names them, each once."""
    variants: tuple[str, ...]
    blocks: tuple[Block, ...]
    hues: Mapping[str, int] = field(default_factory=dict[str, int])
    """Colour of each variant, 0 … `HUES` - 1: the same in every drawing of the report."""

    @property
    def workload(self) -> str:
        return self.quantities[0].workload

    def of(self, variant: str) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.variant == variant)

    @property
    def request(self) -> str | None:
        """The one endpoint that the formula asks for; None for all of the workload."""
        asked = {quantity.request for quantity in self.quantities}
        return asked.pop() if len(asked) == 1 else None

    @property
    def requests(self) -> tuple[str, ...]:
        """Names of all that was requested, in the order of the evidence."""
        return tuple(dict.fromkeys(r.request for block in self.blocks for r in block.recorded))


def quantities(formula: str) -> tuple[Quantity, ...]:
    """Every `variant.workload.measure` of a formula, in order, each once."""
    found = (
        Quantity(m["variant"], m["workload"], m["measure"], m["request"])
        for m in _QUANTITY.finditer(formula)
    )
    return tuple(dict.fromkeys(found))


def subject_of(run: Run, verdict: Verdict) -> Subject | None:
    """The blocks behind a verdict; None where the run holds none of them."""
    named = quantities(verdict.formula)
    variants = tuple(dict.fromkeys(quantity.variant for quantity in named))
    candidates: dict[str, list[Block]] = {}
    for block in run.blocks:
        if named and block.workload == named[0].workload:
            candidates.setdefault(block.comparison, []).append(block)
    blocks = _closest(candidates.values(), set(variants))
    if not blocks:
        return None
    own = tuple(block for block in blocks if block.variant in variants)
    return Subject(named, variants, own, _hues(run, variants))


def _hues(run: Run, variants: Sequence[str]) -> dict[str, int]:
    """By the variant's place among all of the run; moved on where two would look the same."""
    everyone = sorted({block.variant for block in run.blocks})
    hues: dict[str, int] = {}
    for variant in variants:
        hue = everyone.index(variant) % HUES
        while hue in hues.values() and len(hues) < HUES:
            hue = (hue + 1) % HUES
        hues[variant] = hue
    return hues


def _closest(comparisons: Iterable[Sequence[Block]], variants: set[str]) -> Sequence[Block]:
    """The comparison that has all these variants and the fewest others."""
    fitting = [
        (len(present), blocks)
        for blocks in comparisons
        if variants <= (present := {block.variant for block in blocks})
    ]
    return min(fitting, key=lambda each: each[0])[1] if fitting else ()
