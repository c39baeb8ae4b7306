"""What the shape of a claims file cannot say: names that must exist, one of several keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from assay.claims.fault_checks import fault_misfits
from assay.claims.misfit import Misfit, named_as_shown, read_over_http
from assay.claims.model import (
    KINDS,
    METHODS,
    Audit,
    Capacity,
    ClaimsFile,
    Endpoint,
    Feed,
    Metric,
    Request,
    Workload,
)
from assay.claims.shapes import is_measure
from assay.documents import Place, nearest

MOST_FEEDS = 8
"""Of one workload."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_METHOD = re.compile(r"[A-Za-z_][\w.]*/[A-Za-z_]\w*")
_ENTRY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_OF_JOURNEYS = {
    "done": "done",
    "done_within": "bound_s",
    "lead_in": "lead_in_s",
    "uses": "uses",
    "audit": "audit",
    "objective": "objective",
    "backlog": "backlog",
}
"""Key → field."""
_WORD = re.compile(r"\{\{[A-Za-z_][\w-]*\}\}|\{([A-Za-z_][\w-]*)\}", re.ASCII)
_SCHEMES = {"grpc": ("grpc", "grpcs"), "http": ("http", "https")}
_LIKE = "write it like `http://127.0.0.1:8080` or `grpc://127.0.0.1:7000`"


def misfits(file: ClaimsFile) -> list[Misfit]:
    """Everything that is wrong with a file of the right shape, but for its formulas."""
    found = [*_names(file), *_system(file), *_rows(file)]
    for name, feed in file.feeds.items():
        found += _feed(feed, ("feeds", name))
    for name, workload in file.workloads.items():
        found += _workload(file, workload, ("workloads", name))
    for name, metric in file.metrics.items():
        found += _metric(file, name, metric)
    for name, audit in file.audits.items():
        found += _audit(file, name, audit)
    for name, capacity in file.capacities.items():
        found += _capacity(file, name, capacity)
    found += fault_misfits(file)
    return found


def feeds_of(asked: Workload | Request) -> tuple[str, ...]:
    """The feeds that a request, or those of a workload, draw from, in the order of first use."""
    requests = (
        [each.request for each in asked.endpoints] if isinstance(asked, Workload) else [asked]
    )
    texts = (text for request in requests for _, text in request.templates())
    return tuple(dict.fromkeys(word for text in texts for word, _ in words_in(text)))


def words_in(text: str) -> Iterator[tuple[str, int]]:
    """Each word in braces and the offset of its name; `{{word}}` is the text `{word}`."""
    for match in _WORD.finditer(text):
        if match[1] is not None:
            yield match[1], match.start(1)


def _names(file: ClaimsFile) -> Iterator[Misfit]:
    kinds: dict[str, Mapping[str, object]] = {
        "variants": file.variants,
        "feeds": file.feeds,
        "workloads": file.workloads,
        "metrics": file.metrics,
        "audits": file.audits,
        "capacities": file.capacities,
        "moments": file.moments,
        "alarms": file.alarms,
        "faults": file.faults,
        "claims": file.claims,
        "information": file.information,
    }
    if file.addresses is not None:
        kinds["system"] = file.addresses
    for kind, names in kinds.items():
        for name in names:
            if not _NAME.fullmatch(name):
                hint = "letters, digits, `-` and `_`, a letter first, would be right"
                yield Misfit((kind, name), f"`{name}` cannot be a name", hint)


def _rows(file: ClaimsFile) -> Iterator[Misfit]:
    for name in file.information:
        if name in file.claims:
            hint = "name one of them otherwise"
            yield Misfit(("information", name), f"a claim is named `{name}` already", hint)
    if not file.claims and not file.information:
        hint = "add `claims: { name: { says: …, prove: … } }`"
        yield Misfit((), "nothing is claimed", hint)


def _system(file: ClaimsFile) -> Iterator[Misfit]:
    if file.addresses is None:
        if not file.variants:
            hint = "add `variants: { before: { switch: option }, after: … }`"
            yield Misfit((), "there are no variants of the stack", hint)
        return
    if file.variants:
        hint = "remove `variants`; those of addresses are the keys of `system`"
        yield Misfit(("variants",), "`variants` choose options of a stack's switches", hint)
    if not file.addresses:
        yield Misfit(("system",), "there are no variants", "add `before: { service: address }`")
    for variant, services in file.addresses.items():
        for service, address in services.items():
            if message := _not_an_address(address):
                yield Misfit(("system", variant, service), message, _LIKE)


def _not_an_address(text: str) -> str | None:
    schemes = [scheme for kind in _SCHEMES.values() for scheme in kind]
    scheme, mark, _ = text.partition("://")
    if not mark:
        return f"the address `{text}` has no scheme"
    if scheme not in schemes:
        return f"`{scheme}://` cannot be spoken"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"the address `{text}` cannot be read: {error}"
    if not host:
        return f"the address `{text}` has no host"
    if parts.username is not None or parts.query or parts.fragment:
        return f"the address `{text}` has more than scheme, host, port and path"
    if scheme.startswith("grpc") and (port is None or parts.path.strip("/")):
        return f"the gRPC address `{text}` is not a host and a port"
    return None


def _feed(feed: Feed, place: Place) -> Iterator[Misfit]:
    if feed.source is None and feed.values is None:
        hint = "add `from: products.csv` or `values: [a, b]`"
        yield Misfit(place, "has neither `from` nor `values`", hint)
    if feed.source is not None and feed.values is not None:
        yield Misfit((*place, "values"), "has `from` and `values`", "keep one of them")
    if feed.values == ():
        yield Misfit((*place, "values"), "there are no values", "list at least one")
    if feed.column is not None and feed.source is None:
        yield Misfit((*place, "column"), "values have no columns", "remove `column`")
    if "s" in feed.model_fields_set and feed.draw != "zipf":
        hint = "add `draw: zipf`, or remove `s`"
        yield Misfit((*place, "s"), f"`s` is the skew of zipf, and this is {feed.draw}", hint)


def _metric(file: ClaimsFile, name: str, metric: Metric) -> Iterator[Misfit]:
    place = ("metrics", name)
    if is_measure(name):
        yield Misfit(place, f"`{name}` is a measure of every workload", "name it otherwise")
    if not metric.path.startswith("/"):
        message = f"the path `{metric.path}` does not begin with `/`"
        yield Misfit((*place, "path"), message, f"write `/{metric.path}`")
    if metric.audit is not None:
        yield from _audited(file, metric, place)
        return
    if metric.of is None:
        hint = "add `of: service`, or `audit: orders` and `count: completed`"
        yield Misfit(place, "is of no service and of no audit", hint)
        return
    if metric.count is not None:
        yield Misfit((*place, "count"), "only an audit has counts", "add `audit: orders`")
    if sum(each is not None for each in (metric.ratio, metric.gauge, metric.counter)) != 1:
        hint = "write `ratio: [part_total, whole_total]`, `gauge: name` or `counter: name_total`"
        yield Misfit(place, "must be one of `ratio`, `gauge` and `counter`", hint)
    if metric.gauge is not None:
        yield from named_as_shown(metric.gauge, (*place, "gauge"), "kafka_consumer_lag")
    if metric.counter is not None:
        yield from named_as_shown(metric.counter, (*place, "counter"), "payments_total")
    if metric.ratio is None and metric.predict:
        hint = "remove it; the hits of a cache are a `ratio`"
        yield Misfit((*place, "predict"), "only a ratio predicts anything", hint)
    for i, counter in enumerate(metric.ratio or ()):
        yield from named_as_shown(counter, (*place, "ratio", i), "cache_hits_total")
    endpoints = {each.name for workload in file.workloads.values() for each in workload.endpoints}
    for endpoint in metric.predict:
        if endpoint not in endpoints:
            hint = nearest(endpoint, sorted(endpoints))
            yield Misfit((*place, "predict", endpoint), f"there is no endpoint `{endpoint}`", hint)
    yield from read_over_http(file, metric.of, place)


def _audited(file: ClaimsFile, metric: Metric, place: Place) -> Iterator[Misfit]:
    """A share that an audit counts."""
    assert metric.audit is not None
    if metric.audit not in file.audits:
        hint = nearest(metric.audit, file.audits)
        yield Misfit((*place, "audit"), f"there is no audit `{metric.audit}`", hint)
    if metric.count is None:
        yield Misfit(place, "does not say which count of the audit", "add `count: completed`")
    for key in ("of", "ratio", "gauge", "counter", "predict", "where"):
        if getattr(metric, key):
            yield Misfit((*place, key), f"an audit has no `{key}`", "remove it")


def _capacity(file: ClaimsFile, name: str, capacity: Capacity) -> Iterator[Misfit]:
    place = ("capacities", name)
    for key in ("used", "most"):
        gauge: str = getattr(capacity, key)
        yield from named_as_shown(gauge, (*place, key), "pool_connections_busy")
    yield from read_over_http(file, capacity.of, place)


def _audit(file: ClaimsFile, name: str, audit: Audit) -> Iterator[Misfit]:
    place = ("audits", name)
    if name in file.workloads:
        yield Misfit(place, f"a workload is named `{name}` already", "name one of them otherwise")
    if not _ENTRY.fullmatch(audit.run):
        hint = "write `module:function`, such as `audits.orders:audit`"
        yield Misfit((*place, "run"), f"`{audit.run}` is no function of a module", hint)


def _workload(file: ClaimsFile, workload: Workload, place: Place) -> Iterator[Misfit]:
    if workload.rate is None and workload.users is None:
        hint = "add `rate: 1000/s` (open loop) or `users: 16` (closed loop)"
        yield Misfit(place, "has neither `rate` nor `users`", hint)
    if workload.rate is not None and workload.users is not None:
        hint = "keep `rate` (open loop) or `users` (closed loop)"
        yield Misfit((*place, "users"), "has `rate` and `users`", hint)
    if workload.users is not None and "arrivals" in workload.model_fields_set:
        hint = "remove it; users send their next request when the last one was answered"
        yield Misfit((*place, "arrivals"), "`arrivals` belongs to `rate`", hint)
    if (range := workload.saturation) and range.most < 2 * range.least:
        hint = f"`to: {2 * range.least}` or more would be right"
        yield Misfit((*place, "users", "to"), "there is nothing to double", hint)
    if workload.journey is not None:
        yield from _journey(file, workload, place)
    elif workload.mix is None:
        yield from _request(workload, place)
    else:
        yield from _mix(workload, place)
    if workload.journey is None:
        for key, field in _OF_JOURNEYS.items():
            if field in workload.model_fields_set:
                hint = "remove it, or add `journey: module:Class`"
                yield Misfit((*place, key), f"`{key}` belongs to a journey", hint)
    yield from _service(file, workload, place)
    yield from _braces(file, workload, place)


def _journey(file: ClaimsFile, workload: Workload, place: Place) -> Iterator[Misfit]:
    for key in (*KINDS, "mix", "message", "proto", "metadata", "headers", "body", "expect"):
        if key in workload.model_fields_set:
            hint = "keep one of them; what a journey sends is in its code"
            yield Misfit((*place, key), f"has `journey` and `{key}`", hint)
    if not _ENTRY.fullmatch(workload.journey or ""):
        hint = "write `module:Class`, such as `journeys.checkout:Buyer`"
        yield Misfit((*place, "journey"), f"`{workload.journey}` is no class of a module", hint)
    if workload.rate is not None:
        hint = "write `users` in its place: users begin anew when they are through"
        yield Misfit((*place, "rate"), "a journey has no rate", hint)
    if not workload.done:
        hint = "add `done: [outcome, …]`; `done: [ok]` for Locust's"
        yield Misfit(place, "does not say which outcomes of the journey are done", hint)
    if workload.audit is not None and workload.audit not in file.audits:
        hint = nearest(workload.audit, file.audits)
        yield Misfit((*place, "audit"), f"there is no audit `{workload.audit}`", hint)
    gauges = [name for name, metric in file.metrics.items() if metric.gauge is not None]
    for i, name in enumerate(workload.backlog):
        if name not in gauges:
            message = f"there is no gauge `{name}` among the metrics"
            yield Misfit((*place, "backlog", i), message, nearest(name, gauges))


def _mix(workload: Workload, place: Place) -> Iterator[Misfit]:
    own = (*KINDS, "message", "proto", "metadata", "headers", "body")
    for key in own:
        if key in workload.model_fields_set:
            hint = f"move `{key}` to an entry of `mix`"
            yield Misfit((*place, key), f"a workload with a mix has no `{key}` of its own", hint)
    if not workload.mix:
        yield Misfit((*place, "mix"), "the mix is empty", "list at least one request")
    for i, entry in enumerate(workload.mix or ()):
        yield from _request(entry, (*place, "mix", i))
    seen: set[str] = set()
    for endpoint in workload.endpoints:
        if endpoint.name in seen:
            hint = "give one of them a `name` of its own"
            message = f"a request of the mix is called `{endpoint.name}` already"
            yield Misfit((*place, *endpoint.place), message, hint)
        seen.add(endpoint.name)
    if len({kind == "grpc" for each in workload.endpoints for kind in each.request.kinds}) > 1:
        hint = "make two workloads of it"
        yield Misfit((*place, "mix"), "the mix has gRPC and HTTP requests", hint)


def _request(request: Request, place: Place) -> Iterator[Misfit]:
    if not request.kinds:
        hint = f"add one of {', '.join(f'`{kind}`' for kind in KINDS)}, or a `mix`"
        yield Misfit(place, "does not say what is sent", hint)
        return
    kind, *more = request.kinds
    if more:
        message = f"has {' and '.join(f'`{each}`' for each in request.kinds)}"
        yield Misfit((*place, more[0]), message, "keep one, or make a `mix` of them")
        return
    if kind == "grpc":
        if not _METHOD.fullmatch(request.target):
            hint = "write `package.Service/Method`"
            yield Misfit((*place, kind), f"`{request.target}` is no gRPC method", hint)
    elif not request.target.startswith("/"):
        hint = f"write `/{request.target}`" if "://" not in request.target else "write its path"
        yield Misfit((*place, kind), f"the path `{request.target}` does not begin with `/`", hint)
    strange = ("headers", "body") if kind == "grpc" else ("message", "proto", "metadata")
    instead = {"headers": "metadata", "body": "message", "message": "body", "metadata": "headers"}
    for key in strange:
        if key in request.model_fields_set:
            hint = f"`{instead[key]}` may be meant" if key in instead else "remove it"
            words = "a gRPC" if kind == "grpc" else "an HTTP"
            yield Misfit((*place, key), f"{words} request has no `{key}`", hint)


def _service(file: ClaimsFile, workload: Workload, place: Place) -> Iterator[Misfit]:
    if not workload.to.strip():
        yield Misfit((*place, "to"), "names no service", "write the name of a service")
    elif file.addresses is not None:
        for variant, services in file.addresses.items():
            if workload.to not in services:
                message = f"{variant} has no service `{workload.to}`"
                yield Misfit((*place, "to"), message, nearest(workload.to, services))
                continue
            if _not_an_address(services[workload.to]):
                continue
            scheme = services[workload.to].partition("://")[0]
            for kind in dict.fromkeys(k for e in workload.endpoints for k in e.request.kinds):
                protocol = "http" if kind in METHODS else "grpc"
                words = "an http(s)://" if kind in METHODS else "a grpc(s)://"
                if scheme not in _SCHEMES[protocol]:
                    message = (
                        f"`{kind}` is sent to {workload.to}, which is at {scheme}:// in {variant}"
                    )
                    yield Misfit((*place, "to"), message, f"name a service with {words} address")


def _braces(file: ClaimsFile, workload: Workload, place: Place) -> Iterator[Misfit]:
    for endpoint in workload.endpoints:
        yield from _unknown_feeds(file, endpoint, place)
    drawn = feeds_of(workload)
    if len(drawn) > MOST_FEEDS:
        hint = f"at most {MOST_FEEDS} would do"
        yield Misfit(place, f"draws from {len(drawn)} feeds", hint)


def _unknown_feeds(file: ClaimsFile, endpoint: Endpoint, place: Place) -> Iterator[Misfit]:
    for below, text in endpoint.request.templates():
        for word, at in words_in(text):
            if word not in file.feeds:
                hint = f"{nearest(word, file.feeds)} (`{{{{{word}}}}}` is the text itself)"
                here = (*place, *endpoint.place, *below)
                yield Misfit(here, f"there is no feed `{word}`", hint, at)
