"""Do the names in a formula exist? Variants, workloads, endpoints and measures. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from assay.claims.formula import Comparison, Expression, FormulaError, Named, Number, Operation
from assay.claims.model import ClaimsFile
from assay.claims.shapes import NAMED_MEASURES, is_measure
from assay.documents import nearest

_USUAL = ("p50", "p90", "p95", "p99", "p99.9", *NAMED_MEASURES)


def unknown_names(tree: Comparison | Expression, file: ClaimsFile) -> Iterator[FormulaError]:
    """Every name that the file does not have, at its place in the formula."""
    match tree:
        case Number():
            return
        case Operation() | Comparison():
            yield from unknown_names(tree.left, file)
            yield from unknown_names(tree.right, file)
        case Named(variant, workload, measure, request):
            if variant.text not in file.variant_names:
                hint = nearest(variant.text, file.variant_names)
                yield FormulaError(f"there is no variant `{variant}`", hint, variant.at)
            if workload.text in file.audits:
                if request is not None:
                    message = f"the audit {workload} has no endpoints"
                    yield FormulaError(
                        message, f"write `{variant}.{workload}.{measure}`", request.at
                    )
                return
            if workload.text not in file.workloads:
                hint = nearest(workload.text, (*file.workloads, *file.audits))
                yield FormulaError(f"there is no workload `{workload}`", hint, workload.at)
            elif request is not None and file.workloads[workload.text].journey is None:
                # What steps a journey has is known when it has been made.
                names = [endpoint.name for endpoint in file.workloads[workload.text].endpoints]
                if request.text not in names:
                    message = f"the workload {workload} has no endpoint `{request}`"
                    yield FormulaError(message, nearest(request.text, names), request.at)
            if measure.text in file.metrics:
                if request is not None:
                    message = f"the metric {measure} is of a service, not of one endpoint"
                    hint = f"write `{variant}.{workload}.{measure}`"
                    yield FormulaError(message, hint, request.at)
            elif not is_measure(measure.text):
                known = (*_USUAL, *file.metrics)
                named = ", ".join((*NAMED_MEASURES, *file.metrics))
                hint = f"{nearest(measure.text, known)} (p50 to p99.99, {named})"
                yield FormulaError(f"there is no measure `{measure}`", hint, measure.at)
