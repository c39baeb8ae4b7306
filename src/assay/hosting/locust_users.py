"""Runs a class of Locust's as it is: its tasks, its waits, its own client. Each request is a visit.

Locust replaces parts of the standard library when it is imported, so that nothing here may have
been imported before the script that imports it.
"""

from __future__ import annotations

import importlib
import resource
import time
from collections.abc import Callable
from typing import Any

from assay.hosting.orders import Step, Visited, VisitOrder, Visits

MOST_ERRORS = 10


def run(order: VisitOrder, kind: type[Any], begins: Callable[[int], None]) -> Visits:
    """A closed loop of so many of these users."""
    gevent: Any = importlib.import_module("gevent")
    environment: Any = importlib.import_module("locust.env")
    env = environment.Environment(
        user_classes=[kind], host=kind.host or order.addresses[order.service]
    )
    visits: list[Visited] = []
    steps: list[Step] = []
    errors: list[tuple[str, str]] = []
    zero_s = time.monotonic() + order.lead_in_s
    started_unix_ns = time.time_ns() + round(order.lead_in_s * 1e9)
    begins(started_unix_ns)

    def requested(
        request_type: str,
        name: str,
        response_time: float | None,
        exception: BaseException | None = None,
        **_: object,
    ) -> None:
        ended_s = time.monotonic() - zero_s
        began_s = ended_s - (response_time or 0.0) / 1000
        outcome = "ok" if exception is None else type(exception).__name__
        if exception is not None and len(errors) < MOST_ERRORS:
            errors.append((outcome, str(exception)))
        visits.append(Visited(None, outcome, began_s, ended_s))
        steps.append(Step(f"{request_type} {name}", outcome, began_s, ended_s))

    env.events.request.add_listener(requested)
    runner = env.create_local_runner()
    runner.start(order.users, spawn_rate=max(1.0, order.users / max(order.lead_in_s / 2, 0.1)))
    gevent.sleep(max(0.0, zero_s - time.monotonic()))
    cpu_s = _cpu_s()
    gevent.sleep(max(0.0, zero_s + order.duration_s - time.monotonic()))
    cpu = (_cpu_s() - cpu_s) / order.duration_s
    env.stop_timeout = order.drain_s
    runner.quit()
    return Visits(started_unix_ns, visits, steps, cpu, 0, errors)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
