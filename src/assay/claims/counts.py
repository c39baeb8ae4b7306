"""Claims on an audit: one of its counts is zero. Pure."""

from __future__ import annotations

from collections.abc import Collection

from assay.claims.formula import Comparison, Expression, FormulaError, Named, Number, Operation
from assay.claims.shapes import Zero


def zero_of(tree: Comparison | Expression, audits: Collection[str]) -> Zero | None:
    """What a formula with a count of an audit asks; None where it has none.

    Raises FormulaError where it asks anything but `== 0`.
    """
    counted = _counted(tree, audits)
    if counted is None:
        return None
    hint = f"write `{counted} == 0`"
    if not isinstance(tree, Comparison):
        raise FormulaError("a count of an audit is claimed, not shown", hint, counted.at)
    zero = Number(0.0)
    if tree.left is not counted or tree.right != zero or tree.sign not in ("==", "<="):
        raise FormulaError(
            "of a count of an audit it can be claimed that it is zero", hint, tree.at
        )
    return Zero(counted.variant.text, counted.workload.text, counted.measure.text)


def _counted(tree: Comparison | Expression, audits: Collection[str]) -> Named | None:
    """The first count of an audit in it."""
    match tree:
        case Number():
            return None
        case Named():
            return tree if tree.workload.text in audits else None
        case Operation() | Comparison():
            return _counted(tree.left, audits) or _counted(tree.right, audits)
