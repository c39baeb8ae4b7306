"""Reads the metrics of the claims file from the services that count them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import httpx

from assay.claims import ClaimsDocument, Metric, Moment
from assay.evidence import EvidenceError
from assay.evidence.counters import Counted, total
from assay.systems import System, SystemsError

TIMEOUT_S = 5.0
MOMENT_EVERY_S = 0.05
"""Between two looks for a moment."""

Reading = dict[str, Counted | None]
"""Metric → its counters now; None where they could not be read."""


class Counters:
    """One client for the whole run. An async context manager."""

    def __init__(self, claims: ClaimsDocument, system: System) -> None:
        self._metrics = claims.file.metrics
        self._capacities = claims.file.capacities
        self._alarms = claims.file.alarms
        self._system = system
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)

    async def read(self, variant: str, names: Iterable[str]) -> Reading:
        """These metrics of one variant, now. Raises UnknownName, SystemDown."""
        asked = {
            name: metric
            for name in names
            if (metric := self._metrics[name]).ratio is not None or metric.counter is not None
        }
        pages = {(metric.of or "", metric.path) for metric in asked.values()}
        texts = dict(
            zip(
                pages,
                await asyncio.gather(*(self._page(variant, *page) for page in pages)),
                strict=True,
            )
        )
        return {name: _values(texts[m.of or "", m.path], m) for name, m in asked.items()}

    async def now(self, variant: str, names: Iterable[str]) -> dict[str, float]:
        """The gauges among these metrics; those that can be read."""
        found: dict[str, float] = {}
        for name in names:
            metric = self._metrics[name]
            if metric.gauge is None or metric.of is None:
                continue
            text = await self._page_if_any(variant, metric.of, metric.path)
            with suppress(EvidenceError):
                value = total(text, metric.gauge, metric.where) if text else None
                if value is not None:
                    found[name] = value
        return found

    async def alarmed(self, variant: str, name: str) -> bool:
        """Whether an alarm is on; one that cannot be read is not."""
        alarm = self._alarms[name]
        text = await self._page_if_any(variant, alarm.of, alarm.path)
        with suppress(EvidenceError):
            value = total(text, alarm.gauge, alarm.where) if text else None
            return value is not None and value > alarm.above
        return False

    async def comes(self, variant: str, moment: Moment) -> None:
        """Until its counter rises."""
        before = await self._counted(variant, moment)
        while True:
            await asyncio.sleep(MOMENT_EVERY_S)
            now = await self._counted(variant, moment)
            if now is None or before is None or now < before:  # not there, or begun anew
                before = now
            elif now > before:
                return

    async def _counted(self, variant: str, moment: Moment) -> float | None:
        """None where it cannot be read; what has never been counted is in no exposition."""
        text = await self._page_if_any(variant, moment.of, moment.path)
        with suppress(EvidenceError):
            return None if text is None else total(text, moment.counter, moment.where) or 0.0
        return None

    async def taken(self, variant: str, names: Iterable[str]) -> dict[str, tuple[float, float]]:
        """Of these capacities, those that the variant has: how much is taken, and of how much."""
        asked = {name: self._capacities[name] for name in names}
        pages = list({(capacity.of, capacity.path) for capacity in asked.values()})
        texts = await asyncio.gather(*(self._page_if_any(variant, *page) for page in pages))
        by_page = dict(zip(pages, texts, strict=True))
        taken: dict[str, tuple[float, float]] = {}
        for name, capacity in asked.items():
            text = by_page[capacity.of, capacity.path]
            with suppress(EvidenceError):
                used, most = (
                    total(text, gauge, {}) if text else None
                    for gauge in (capacity.used, capacity.most)
                )
                if used is not None and most is not None:
                    taken[name] = used, most
        return taken

    async def _page_if_any(self, variant: str, service: str, path: str) -> str | None:
        """None also where the variant has no such service."""
        try:
            return await self._page(variant, service, path)
        except SystemsError:
            return None

    async def _page(self, variant: str, service: str, path: str) -> str | None:
        address = self._system.address(variant, service)
        url = f"{address.scheme}://{address.authority}{address.path}{path}"
        try:
            answer = await self._client.get(url)
        except httpx.HTTPError:
            return None
        return answer.text if answer.is_success else None

    async def __aenter__(self) -> Counters:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


def _values(text: str | None, metric: Metric) -> Counted | None:
    if text is None:
        return None
    try:
        if metric.counter is not None:
            # What has never been counted is in no exposition.
            return total(text, metric.counter, metric.where) or 0.0, None
        part, whole = (total(text, name, metric.where) for name in metric.ratio or ())
    except EvidenceError:
        return None
    return None if part is None or whole is None else (part, whole)
