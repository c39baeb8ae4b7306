"""What the shape of alarms and faults cannot say. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from assay.claims.fault_model import FAULT_KINDS, Alarm, Fault
from assay.claims.misfit import METRIC, Misfit, read_over_http
from assay.claims.model import ClaimsFile
from assay.documents import nearest

_OF_SLOW = {"delay": "delay_s", "jitter": "jitter_s", "bytes_per_s": "bytes_per_s"}
"""Keys of a slow link, as the file and as the model names them."""


def fault_misfits(file: ClaimsFile) -> Iterator[Misfit]:
    """Of all alarms and faults of a file, and of the rows that name one."""
    for name, alarm in file.alarms.items():
        yield from _alarm(file, name, alarm)
    for name, fault in file.faults.items():
        yield from _fault(file, name, fault)
    rows = (("claims", file.claims), ("information", file.information))
    for part, name, row in ((part, name, row) for part, rows in rows for name, row in rows.items()):
        if row.during is not None and row.during not in file.faults:
            message = f"there is no fault `{row.during}`"
            yield Misfit((part, name, "during"), message, nearest(row.during, file.faults))


def _alarm(file: ClaimsFile, name: str, alarm: Alarm) -> Iterator[Misfit]:
    place = ("alarms", name)
    if not METRIC.fullmatch(alarm.gauge):
        hint = "write a gauge as Prometheus shows it, such as `breaker_state`"
        yield Misfit((*place, "gauge"), f"`{alarm.gauge}` is no name of a metric", hint)
    yield from read_over_http(file, alarm.of, place)


def _fault(file: ClaimsFile, name: str, fault: Fault) -> Iterator[Misfit]:
    place = ("faults", name)
    if fault.any_of is not None:
        yield from _any_of(file, name, fault)
    elif len(fault.kinds) != 1:
        found = " and ".join(fault.kinds) or "nothing"
        hint = f"write one of {', '.join(FAULT_KINDS)}"
        yield Misfit(place, f"must break one thing; it breaks {found}", hint)
    elif fault.kind == "slow":
        if fault.delay_s is None and fault.bytes_per_s is None:
            hint = "write `delay: 200ms`, or `bytes_per_s: 10000`"
            yield Misfit(place, "is slow by nothing", hint)
        if fault.jitter_s > (fault.delay_s or 0.0):
            hint = "an answer cannot come before it was given"
            yield Misfit((*place, "jitter"), "is more than the delay", hint)
    else:
        for key, field in _OF_SLOW.items():
            if field in fault.model_fields_set:
                yield Misfit((*place, key), f"is of a slow link; this is a {fault.kind}")
    if fault.alarm is not None and fault.alarm not in file.alarms:
        message = f"there is no alarm `{fault.alarm}`"
        yield Misfit((*place, "alarm"), message, nearest(fault.alarm, file.alarms))
    if file.addresses is not None:
        hint = "only what assay starts is broken: name a stack file as `system`"
        yield Misfit(place, "breaks a system that runs already", hint)


def _any_of(file: ClaimsFile, name: str, fault: Fault) -> Iterator[Misfit]:
    place = ("faults", name, "any_of")
    if fault.kinds:
        message = f"is any of some, and breaks a thing of its own (`{fault.kinds[0]}`)"
        yield Misfit(place, message, "keep one of them")
    singles = {each: one for each, one in file.faults.items() if one.any_of is None}
    for index, other in enumerate(fault.any_of or ()):
        if other not in singles:
            message = f"there is no fault `{other}` that breaks one thing"
            yield Misfit((*place, index), message, nearest(other, singles))
    if not fault.any_of:
        yield Misfit(place, "there is nothing to draw", "name other faults")
