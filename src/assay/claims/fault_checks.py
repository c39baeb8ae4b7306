"""What the shape of alarms and faults cannot say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.claims.fault_model import FAULT_KINDS, Alarm, Fault, Moment
from assay.claims.misfit import Misfit, named_as_shown, read_over_http
from assay.claims.model import ClaimsFile
from assay.documents import Place, nearest

_OF_SLOW = {"delay": "delay_s", "jitter": "jitter_s", "bytes_per_s": "bytes_per_s"}
"""Keys of a slow link, as the file and as the model names them."""
_OF_CALLS = ("slow", "lose_replies", "fail")
"""Kinds that may be of some calls alone."""
_CALLS = re.compile(r"([A-Z]+ )?/\S*|[A-Za-z_][\w.]*/[A-Za-z_]\w*", re.ASCII)


def fault_misfits(file: ClaimsFile) -> Iterator[Misfit]:
    """Of all moments, alarms and faults of a file, and of the rows that name one."""
    for name, moment in file.moments.items():
        yield from _moment(file, name, moment)
    for name, alarm in file.alarms.items():
        yield from _alarm(file, name, alarm)
    for name, fault in file.faults.items():
        yield from _fault(file, name, fault)
    rows = (("claims", file.claims), ("information", file.information))
    for part, name, row in ((part, name, row) for part, rows in rows for name, row in rows.items()):
        if row.during is not None and row.during not in file.faults:
            message = f"there is no fault `{row.during}`"
            yield Misfit((part, name, "during"), message, nearest(row.during, file.faults))


def _moment(file: ClaimsFile, name: str, moment: Moment) -> Iterator[Misfit]:
    place = ("moments", name)
    yield from named_as_shown(moment.counter, (*place, "counter"), "payments_total")
    yield from read_over_http(file, moment.of, place)


def _alarm(file: ClaimsFile, name: str, alarm: Alarm) -> Iterator[Misfit]:
    place = ("alarms", name)
    yield from named_as_shown(alarm.gauge, (*place, "gauge"), "breaker_state")
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
    yield from _calls(fault, place)
    if fault.at is not None and fault.at not in file.moments:
        message = f"there is no moment `{fault.at}`"
        yield Misfit((*place, "at"), message, nearest(fault.at, file.moments))
    if fault.alarm is not None and fault.alarm not in file.alarms:
        message = f"there is no alarm `{fault.alarm}`"
        yield Misfit((*place, "alarm"), message, nearest(fault.alarm, file.alarms))
    if file.addresses is not None:
        hint = "only what assay starts is broken: name a stack file as `system`"
        yield Misfit(place, "breaks a system that runs already", hint)


def _calls(fault: Fault, place: Place) -> Iterator[Misfit]:
    """Of a fault that is of some calls alone."""
    if not fault.picks:
        return
    if len(fault.kinds) == 1 and fault.kind not in _OF_CALLS:
        key = "calls" if fault.calls is not None else "next"
        hint = f"some calls alone can be troubled by {', '.join(_OF_CALLS)}"
        yield Misfit((*place, key), f"a {fault.kind} is of a whole link, or of none", hint)
    if fault.calls is not None and not _CALLS.fullmatch(fault.calls):
        hint = "write `POST /orders/{id}/payment`, `/orders` or `package.Service/Method`"
        yield Misfit((*place, "calls"), f"`{fault.calls}` names no calls", hint)
    if fault.bytes_per_s is not None:
        hint = "remove it, or `calls` and `next`"
        yield Misfit((*place, "bytes_per_s"), "is of all that passes, not of some calls", hint)


def _any_of(file: ClaimsFile, name: str, fault: Fault) -> Iterator[Misfit]:
    place = ("faults", name, "any_of")
    if fault.kinds:
        message = f"is any of some, and breaks a thing of its own (`{fault.kinds[0]}`)"
        yield Misfit(place, message, "keep one of them")
    if fault.at is not None:
        hint = "give each of them an `at` of its own"
        yield Misfit(("faults", name, "at"), "is of one fault; this is several in a row", hint)
    singles = {each: one for each, one in file.faults.items() if one.any_of is None}
    for index, other in enumerate(fault.any_of or ()):
        if other not in singles:
            message = f"there is no fault `{other}` that breaks one thing"
            yield Misfit((*place, index), message, nearest(other, singles))
    if not fault.any_of:
        yield Misfit(place, "there is nothing to draw", "name other faults")
