"""The shape of a claims file. `docs/claims.md` is the reference.

What a shape cannot say (names that must exist, one of several keys, formulas) is in `checks.py`
and `formula.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

from assay.claims.fault_model import Alarm, Fault, Moment
from assay.claims.parts import Part, Text, wrong
from assay.claims.units import Duration, Rate, Share
from assay.documents import found

Method = Literal["get", "post", "put", "patch", "delete"]
METHODS: tuple[Method, ...] = ("get", "post", "put", "patch", "delete")
KINDS = ("grpc", *METHODS)
"""The keys that say what is sent; each request has one of them."""

Addresses = dict[str, dict[str, str]]
"""Variant → service → address."""


def _system(written: object) -> object:
    if isinstance(written, str | dict):
        return cast("object", written)
    hint = "the path of a stack file, or `{ variant: { service: address } }`, would be right"
    raise wrong(f"found {found(written)}", hint)


def _body(written: object) -> object:
    if isinstance(written, str | dict | list):
        return cast("object", written)
    hint = "a text, or a mapping or list that is sent as JSON, would be right"
    raise wrong(f"found {found(written)}", hint)


def _statuses(written: object) -> object:
    """One status or a list of them."""
    listed = cast("list[object]", written) if isinstance(written, list) else [written]
    for status in listed:
        if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 599:
            continue
        if isinstance(status, str) and status.isupper():
            continue
        hint = "an HTTP status such as `200`, or a gRPC status such as `NOT_FOUND`, would be right"
        raise wrong(f"found {found(status)}", hint)
    return listed


class Feed(Part):
    """Values that requests draw from."""

    source: Text | None = Field(None, alias="from", examples=["products.csv"])
    """`process.name` of something that a process provides, a path, or an http(s) address."""
    values: tuple[Text, ...] | None = None
    """The values themselves."""
    column: Text | None = None
    """Of a CSV file; its first column where none is named."""
    draw: Literal["uniform", "zipf", "sequential"] = "uniform"
    """How a value is chosen for a request."""
    s: Annotated[float, Field(gt=0, le=10)] = 0.99
    """Skew of zipf: the k-th value is drawn with weight 1 / k^s."""


class Expect(Part):
    """What a right answer looks like; any other counts as an error."""

    status: Annotated[
        tuple[int | str, ...],
        BeforeValidator(_statuses),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": ["integer", "string"]},
                    {"type": "array", "items": {"type": ["integer", "string"]}},
                ]
            }
        ),
    ] = ()
    """HTTP status codes, or names of gRPC statuses; empty: any 2xx, or OK."""
    contains: Text | None = None
    """A text that the body holds."""


class Request(Part):
    """One kind of request. Words in braces are drawn from feeds."""

    grpc: Text | None = Field(None, examples=["package.Service/Method"])
    """Full name of a unary method."""
    message: dict[str, Any] | None = None
    """Of a gRPC method, in the JSON form of its type."""
    proto: Text | None = None
    """A .proto file that has the method, where the server has no reflection."""
    metadata: dict[str, Text] = Field(default_factory=dict)
    """Of a gRPC request."""
    get: Text | None = Field(None, examples=["/path"])
    """Path of a GET request."""
    post: Text | None = Field(None, examples=["/path"])
    """Path of a POST request."""
    put: Text | None = Field(None, examples=["/path"])
    """Path of a PUT request."""
    patch: Text | None = Field(None, examples=["/path"])
    """Path of a PATCH request."""
    delete: Text | None = Field(None, examples=["/path"])
    """Path of a DELETE request."""
    headers: dict[str, Text] = Field(default_factory=dict)
    """Of an HTTP request."""
    body: Annotated[
        str | dict[str, Any] | list[Any] | None,
        BeforeValidator(_body),
        WithJsonSchema({"type": ["string", "object", "array"]}),
    ] = None
    """Of an HTTP request: a text as it stands, or a mapping or list that is sent as JSON."""
    expect: Expect | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of `grpc`, `get`, … are given; exactly one in a file that was read."""
        return tuple(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def method(self) -> str | None:
        """`GET`, `POST`, …; None for gRPC."""
        return next((kind.upper() for kind in self.kinds if kind in METHODS), None)

    @property
    def target(self) -> str:
        """The path of an HTTP request, or the full name of a gRPC method."""
        return str(getattr(self, self.kinds[0]))

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every text that may hold words in braces, with its place below the request."""
        yield from (((kind,), str(getattr(self, kind))) for kind in self.kinds if kind != "grpc")
        for name in ("message", "metadata", "headers", "body"):
            yield from _texts(getattr(self, name), (name,))


class MixEntry(Request):
    """One of the requests of a mix."""

    weight: Annotated[float, Field(gt=0, lt=1e9)] = 1.0
    """Its share is its weight over the sum of all weights."""
    name: Text | None = None
    """What formulas call it; the path or the method's full name where none is given."""


@dataclass(frozen=True)
class Endpoint:
    """One request of a workload, as formulas and reports name it."""

    name: str
    weight: float
    request: Request
    expect: Expect
    place: tuple[str | int, ...]
    """Below the workload: empty, or `("mix", 0)`."""


class Saturation(Part):
    """Users are doubled, for each variant by itself, until that adds under 3%."""

    least: Annotated[int, Field(gt=0, le=100_000, alias="from")]
    most: Annotated[int, Field(gt=0, le=100_000, alias="to")]
    """Not saturated by then is INVALID."""


def _users(written: object) -> object:
    if isinstance(written, int | dict) and not isinstance(written, bool):
        return cast("object", written)
    hint = "a whole number of users, or `{ from: 16, to: 512 }`, between which it is found how many"
    hint += " it takes, would be right"
    raise wrong(f"found {found(written)}", hint)


class Workload(Request):
    """How the system is exercised: a kind of request, a mix or a journey; at a rate or by users."""

    to: Text = Field(examples=["service"])
    """The service that the requests go to."""
    mix: tuple[MixEntry, ...] | None = None
    """Several kinds of requests, each drawn with its weight."""
    rate: Rate | None = None
    """Open loop: requests a second, however slowly the system answers."""
    users: Annotated[
        Annotated[int, Field(gt=0, le=100_000)] | Saturation | None, BeforeValidator(_users)
    ] = None
    """Closed loop: each user sends the next request when the last one was answered."""
    journey: Text | None = Field(None, examples=["journeys.checkout:Buyer"])
    """`module:Class` of Python, from this file's folder: a class of assay.scripts.Journey or of
    Locust's. In place of a request."""
    done: tuple[Text, ...] = ()
    """Outcomes of a journey's visits that are what was wanted; any other counts as an error."""
    bound_s: Duration | None = Field(None, alias="done_within")
    """A visit that takes longer was not done."""
    uses: tuple[Text, ...] = Field((), examples=[["accounts"]])
    """Services that a journey asks beside the one that it is `to`."""
    lead_in_s: Duration = Field(3.0, alias="lead_in")
    """Of a journey: load at the beginning of each block that is not counted; a visit or two."""
    audit: Text | None = None
    """Run after each block: visits whose subjects it disputes were not done."""
    objective: Share | None = Field(None, examples=["99%"])
    """Of a journey: the share of visits that are to end well. What is left of it is the error
    budget."""
    backlog: tuple[Text, ...] = Field((), examples=[["orders-behind"]])
    """Of a journey: gauges among the metrics. Until each is back where it is without a fault, no
    fault is recovered from."""
    connections: Annotated[int, Field(gt=0, le=10_000)] = 16
    streams: Annotated[int, Field(gt=0, le=10_000)] = 32
    """Requests under way at once on one gRPC connection."""
    timeout_s: Duration = Field(10.0, alias="timeout")
    errors: Share = 0.01
    """A pair with a larger share of errors is invalid: a service that fails fast is not fast."""
    block_s: Duration | None = Field(None, alias="block")
    """How long each block lasts; what the claims need where none is given."""
    arrivals: Literal["poisson", "constant"] = "poisson"
    """Of the open loop."""
    warm_up: WarmUpByUsers | None = None
    """Before the warm-up at the workload's own rate; none where a system is soon warm."""

    @property
    def saturation(self) -> Saturation | None:
        """How many users it takes, where that is to be found."""
        return self.users if isinstance(self.users, Saturation) else None

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Its requests: that of the workload itself, or those of its mix."""
        expect = self.expect or Expect()
        if self.journey is not None:
            return (Endpoint(self.journey, 1.0, self, expect, ()),)
        if self.mix is None:
            return (Endpoint(self.target, 1.0, self, expect, ()),) if self.kinds else ()
        return tuple(
            Endpoint(
                entry.name or entry.target, entry.weight, entry, entry.expect or expect, ("mix", i)
            )
            for i, entry in enumerate(self.mix)
            if entry.kinds
        )


class Metric(Part):
    """What a service counts itself, read from its Prometheus endpoint: a share, or by how much a
    counter rose, around each block, or the mean of a gauge, while it runs. Or the share that an
    audit has counted."""

    of: Text | None = Field(None, examples=["service"])
    """The service, at an http(s) address."""
    audit: Text | None = Field(None, examples=["orders"])
    """In place of a service: the audit whose `count` it is, of what the count was taken of."""
    count: Text | None = Field(None, examples=["completed"])
    ratio: tuple[Text, Text] | None = Field(
        None, examples=[["cache_hits_total", "cache_requests_total"]]
    )
    """Two counters: of the second, the first is a part."""
    gauge: Text | None = Field(None, examples=["kafka_consumer_lag"])
    """In place of the two: shown, never claimed."""
    counter: Text | None = Field(None, examples=["breaker_transitions_total"])
    """In place of them: by how much it rose in a block, of a fault."""
    where: dict[str, Text] = Field(default_factory=dict)
    """Labels that the samples must have; those that have them are added up."""
    path: Text = "/metrics"
    predict: dict[str, Duration] = Field(default_factory=dict)
    """Of the hits of a cache: endpoint → how long what it answers is kept. What the workload alone
    lets expect is shown beside what was measured."""


class Audit(Part):
    """Counts over the stores, once the system has come to rest: of what must be none, or of what is
    a share (`metrics` with `audit`)."""

    run: Text = Field(examples=["audits.orders:audit"])
    """`module:function` of Python, from this file's folder."""
    within_s: Duration = Field(60.0, alias="within")
    """How long the system may take to come to rest; then it is audited as it stands."""


class Capacity(Part):
    """Something that a variant may run out of: named where it limits a throughput."""

    of: Text = Field(examples=["service"])
    """The service that has it, at an http(s) address."""
    used: Text = Field(examples=["pool_connections_busy"])
    """A gauge: how much of it is taken."""
    most: Text = Field(examples=["pool_connections_max"])
    """A gauge: how much there is."""
    path: Text = "/metrics"


class WarmUpByUsers(Part):
    """Load before the workload's own warm-up: it fills caches, and compilers, sooner."""

    users: Annotated[int, Field(gt=0, le=10_000)]
    """Closed loop: each sends the next request when the last one was answered."""
    within_s: Duration = Field(300.0, alias="within")
    """It ends when medians and claimed metrics are steady; not steady by then is INVALID."""


class Claim(Part):
    """One sentence to rely on, with the formula that would prove it."""

    says: Text = Field(examples=["The new one is twice as fast."])
    """The sentence."""
    prove: Text = Field(examples=["before.lookup.p99 / after.lookup.p99 >= 2"])
    """The formula, with one comparison."""
    tolerance: Share = 0.0
    """PROVED needs the requirement eased by this share; REFUTED the requirement itself."""
    pairs_per_epoch: Annotated[int, Field(gt=0, le=1000)] = 1
    """Pairs measured on one start of the processes."""
    during: Text | None = Field(None, examples=["broker-killed"])
    """A fault: the claim is of blocks in which it bit."""

    @property
    def formula(self) -> str:
        return self.prove


class Information(Part):
    """Something measured and shown, that promises nothing."""

    says: Text = Field(examples=["The same at the median."])
    show: Text = Field(examples=["before.lookup.p50 / after.lookup.p50"])
    """A formula without a comparison."""
    pairs: Annotated[int, Field(gt=0, le=1000)] = 3
    """How many pairs are measured for it at least."""
    pairs_per_epoch: Annotated[int, Field(gt=0, le=1000)] = 1
    """Pairs measured on one start of the processes."""
    during: Text | None = Field(None, examples=["broker-killed"])
    """A fault: what is shown is of blocks in which it bit."""

    @property
    def formula(self) -> str:
        return self.show


class ClaimsFile(Part):
    """What is claimed of a system, and how it is exercised to find out."""

    assay: Literal[1] = Field(examples=[1])
    """Version of this format."""
    system: Annotated[str | Addresses, BeforeValidator(_system)] = Field(examples=["stack.yaml"])
    """The path of a stack file, or the addresses of each variant: {variant: {service: address}}."""
    variants: dict[str, dict[str, Text]] = Field(default_factory=dict)
    """Of a stack: variant → switch → option."""
    feeds: dict[str, Feed] = Field(default_factory=dict)
    workloads: dict[str, Workload]
    metrics: dict[str, Metric] = Field(default_factory=dict)
    audits: dict[str, Audit] = Field(default_factory=dict)
    capacities: dict[str, Capacity] = Field(default_factory=dict)
    moments: dict[str, Moment] = Field(default_factory=dict)
    alarms: dict[str, Alarm] = Field(default_factory=dict)
    faults: dict[str, Fault] = Field(default_factory=dict)
    claims: dict[str, Claim] = Field(default_factory=dict)
    information: dict[str, Information] = Field(default_factory=dict)
    alpha: Share = 0.05
    """Two-sided error of all claims together."""

    def broken_by(self, fault: str) -> tuple[Fault, ...]:
        """What a fault stands for: itself, or those that it is any of."""
        found = self.faults[fault]
        return (found,) if found.any_of is None else tuple(self.faults[n] for n in found.any_of)

    @property
    def addresses(self) -> Addresses | None:
        """Of a system that runs already; None where a stack file says what to start."""
        return None if isinstance(self.system, str) else self.system

    @property
    def variant_names(self) -> tuple[str, ...]:
        return tuple(self.variants if isinstance(self.system, str) else self.system)


def _texts(
    value: object, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    match value:
        case str():
            yield place, value
        case dict():
            for key, below in cast("dict[str, object]", value).items():
                yield from _texts(below, (*place, key))
        case list():
            for i, below in enumerate(cast("list[object]", value)):
                yield from _texts(below, (*place, i))
        case _:
            pass
