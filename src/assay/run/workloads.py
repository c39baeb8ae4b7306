"""The workloads of a claims file as the engine's work orders, against the system as it stands."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from assay._engine import Feed
from assay.claims import ClaimsDocument, Endpoint, Saturation, Workload, feeds_of
from assay.hosting.orders import VisitOrder
from assay.load import descriptors, feeds
from assay.load.cores import Cores
from assay.load.generator import run_block
from assay.load.journeys import run_journey
from assay.load.prediction import Keys, hit_share
from assay.load.spec import (
    BlockSpec,
    ClosedLoop,
    Expect,
    GrpcCall,
    HttpCall,
    OpenLoop,
    Request,
    Target,
)
from assay.run.blocks import LoadResult
from assay.run.plan import Comparison
from assay.run.priming import WINDOW_S, Priming
from assay.systems import Address, System

DRAIN_S = 30.0
"""For visits under way when a block ends."""


class Workloads:
    """Feeds and message types are fetched once; addresses are looked up for every block."""

    def __init__(self, claims: ClaimsDocument, system: System, cores: Cores, logs: Path) -> None:
        self._claims = claims
        self._log = logs / "journeys.log"
        self._system = system
        self._cores = cores
        self._feeds: dict[str, Feed] = {}
        self._sizes: dict[str, int] = {}
        self._methods: dict[str, descriptors.GrpcMethod] = {}

    async def load(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        block: str,
        history: Path,
        users: int | None,
        check: Callable[[], None],
        begun: Callable[[int], None] | None = None,
    ) -> LoadResult:
        """A block, by the engine or by a journey; `users` where they are not those of the file.

        `begun` is told when the block proper of a journey begins, in ns since 1970. Its operations
        are written to `history`.
        Raises LoadError, ScriptError, UnknownName, and what `check` raises.
        """
        if comparison.journey:
            order = self._order(comparison, variant, duration_s, seed, block, history, users)
            workload = self._claims.file.workloads[comparison.workload]
            bound_s = workload.bound_s or math.inf
            return await run_journey(order, workload.done, bound_s, self._log, check, begun)
        spec = self.spec(comparison, variant, duration_s, seed, users)
        return await run_block(spec, self.feeds(comparison, variant), check=check)

    def lead_in_s(self, comparison: Comparison) -> float:
        """Of a block: load that is not counted."""
        workload = self._claims.file.workloads[comparison.workload]
        return workload.lead_in_s if comparison.journey else BlockSpec.lead_in_s

    def _order(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        block: str,
        history: Path,
        users: int | None,
    ) -> VisitOrder:
        workload = self._claims.file.workloads[comparison.workload]
        core = self._cores.generator
        return VisitOrder(
            folder=str(self._claims.folder.resolve()),
            entry=str(workload.journey),
            service=workload.to,
            addresses={k: str(v) for k, v in self._system.addresses(variant).items()},
            provided=self._system.provisions(variant),
            feeds={},
            users=users or _users(workload),
            lead_in_s=workload.lead_in_s,
            duration_s=duration_s,
            drain_s=DRAIN_S,
            timeout_s=max(workload.timeout_s, workload.bound_s or 0.0),
            seed=seed,
            block=block,
            history=str(history),
            parent=os.getpid(),
            cpus=None if core is None else [core],
        )

    def spec(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        users: int | None = None,
    ) -> BlockSpec:
        """What the engine is asked to do. Raises LoadError, UnknownName."""
        workload = self._claims.file.workloads[comparison.workload]
        address = self._system.address(variant, workload.to)
        grpc = address.scheme.startswith("grpc")
        arrivals = _arrivals(workload, users)
        return BlockSpec(
            target=Target(
                protocol="grpc" if grpc else "http1",
                host=address.host,
                port=address.port,
                tls=address.tls,
                connections=workload.connections,
                streams=workload.streams,
            ),
            arrivals=arrivals,
            requests=tuple(self._request(address, each) for each in workload.endpoints),
            duration_s=duration_s,
            seed=seed,
            timeout_s=workload.timeout_s,
            # A core that is shared with the system must not be polled.
            poll="sleep" if self._cores.generator is None else "spin",
            core=self._cores.generator,
            # In a closed loop the system has no time to sleep.
            awake=tuple(self._cores.system or ()) if isinstance(arrivals, OpenLoop) else (),
        )

    def priming(self, comparison: Comparison, variant: str) -> tuple[Priming, ...]:
        """The load that comes before the warm-up, by users and then at the workload's rate.

        Empty where the file asks for none.
        """
        warm_up = self._claims.file.workloads[comparison.workload].warm_up
        if warm_up is None:
            return ()
        spec = replace(self.spec(comparison, variant, WINDOW_S, seed=0), hiccups=False)
        by_users = replace(spec, arrivals=ClosedLoop(warm_up.users), awake=())
        feeds, limit_s = self.feeds(comparison, variant), warm_up.within_s
        filling = Priming("users", by_users, feeds, limit_s, comparison.metrics(variant))
        if not isinstance(spec.arrivals, OpenLoop):
            return (filling,)
        # What a compiler has begun it ends later. Of shares, a few reads say little.
        return filling, Priming("its rate", spec, feeds, limit_s, ())

    def predicted(self, comparison: Comparison, variant: str) -> dict[str, float]:
        """Metric → the share that the workload lets expect; those that the file wants predicted.

        Raises LoadError, UnknownName.
        """
        workload = self._claims.file.workloads[comparison.workload]
        metrics = {name: self._claims.file.metrics[name] for name in comparison.metrics(variant)}
        shares = {
            name: hit_share(self._keys(workload, metric.predict, variant))
            for name, metric in metrics.items()
            if workload.rate is not None
        }
        # NaN: the metric predicts nothing for any of the workload's endpoints.
        return {name: share for name, share in shares.items() if not math.isnan(share)}

    def _keys(self, workload: Workload, ttl_s: Mapping[str, float], variant: str) -> Iterator[Keys]:
        total = sum(endpoint.weight for endpoint in workload.endpoints)
        for endpoint in workload.endpoints:
            if endpoint.name not in ttl_s:
                continue
            rate_per_s = (workload.rate or 0.0) * endpoint.weight / total
            drawn = feeds_of(endpoint.request)
            keys = Keys(rate_per_s, ttl_s[endpoint.name], 1)
            if drawn:
                # Of several feeds the largest: the others can only spread the reads further.
                name = max(drawn, key=lambda each: self._size(each, variant))
                feed = self._claims.file.feeds[name]
                keys = replace(keys, count=self._size(name, variant), draw=feed.draw, s=feed.s)
            yield keys

    def _size(self, name: str, variant: str) -> int:
        """How many values a feed has."""
        self._feed(name, variant)
        return self._sizes[name]

    def feeds(self, comparison: Comparison, variant: str) -> dict[str, Feed]:
        """The feeds that the workload's requests draw from. Raises LoadError, UnknownName."""
        workload = self._claims.file.workloads[comparison.workload]
        return {name: self._feed(name, variant) for name in feeds_of(workload)}

    def _feed(self, name: str, variant: str) -> Feed:
        if name not in self._feeds:
            feed = self._claims.file.feeds[name]
            if feed.values is not None:
                values, source = list(feed.values), name
            else:
                source = self._source(str(feed.source), variant)
                values = feeds.read_values(source, feed.column)
            self._sizes[name] = len(values)
            self._feeds[name] = feeds.feed_of(values, feed.draw, feed.s, source)
        return self._feeds[name]

    def _source(self, source: str, variant: str) -> str:
        """An address or a file as it is; else what a process of the system provides."""
        if source.startswith(("http://", "https://")):
            return source
        file = self._claims.folder / source
        return str(file) if file.is_file() else self._system.provided(variant, source)

    def _request(self, address: Address, endpoint: Endpoint) -> Request:
        asked = endpoint.request
        expect = Expect(tuple(endpoint.expect.status), endpoint.expect.contains)
        if asked.method is not None:
            body, headers = asked.body, dict(asked.headers)
            if body is not None and not isinstance(body, str):
                body = json.dumps(body, ensure_ascii=False)
                headers.setdefault("content-type", "application/json")
            path = address.path + asked.target
            call = HttpCall(asked.method, path, headers, body)
        else:
            method = self._method(address, asked.target, asked.proto)
            call = GrpcCall(
                method.path,
                method.input,
                method.descriptors,
                asked.message or {},
                dict(asked.metadata),
            )
        return Request(endpoint.name, call, endpoint.weight, expect)

    def _method(self, address: Address, name: str, proto: str | None) -> descriptors.GrpcMethod:
        if name not in self._methods:
            self._methods[name] = (
                descriptors.from_proto(self._claims.folder / proto, name)
                if proto
                else descriptors.by_reflection(address.authority, name, None, address.tls)
            )
        return self._methods[name]


def _arrivals(workload: Workload, users: int | None) -> OpenLoop | ClosedLoop:
    if workload.rate is not None:
        return OpenLoop(workload.rate, workload.arrivals)
    return ClosedLoop(users or _users(workload))


def _users(workload: Workload) -> int:
    """Those to begin with, where it is to be found how many it takes."""
    match workload.users:
        case Saturation() as between:
            return between.least
        case None:
            return 1
        case users:
            return users
