"""From a fault of the claims file to what is done to the system."""

from __future__ import annotations

from assay.claims import ClaimsDocument, Fault
from assay.faults import Freeze, Harm, Kill, TroubledLink
from assay.run.plan import Comparison
from assay.systems import System, Trouble


def harm_of(fault: Fault, system: System, variant: str) -> Harm:
    if fault.kind == "kill":
        return Kill(system, variant, fault.process)
    if fault.kind == "freeze":
        return Freeze(system, variant, fault.process)
    assert fault.server is not None
    trouble = Trouble(
        fault.kind,
        delay_us=round((fault.delay_s or 0.0) * 1e6),
        jitter_us=round(fault.jitter_s * 1e6),
        bytes_per_s=fault.bytes_per_s or 0,
    )
    return TroubledLink(system, variant, fault.process, fault.server, trouble)


def links_of(comparison: Comparison, claims: ClaimsDocument) -> list[tuple[str, str]]:
    """(client, server) of those that the comparison's faults trouble."""
    faults = (claims.file.faults[name] for name in comparison.faults)
    return [(fault.process, fault.server) for fault in faults if fault.server]
