"""Keeps the parser's lexicon as the catalogue is: compiled once, and changed as it changes.

Prices and stock are put right in place, in milliseconds. Words are not: a product that is new, gone
or has another text makes all be compiled anew, beside the one that answers meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, time

import asyncpg
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from shop_kit.backoff import delays_s
from shop_kit.changes import Change
from shop_kit.hearing import Hearing
from shop_kit.readiness import Readiness
from shop_kit.store import Store, Unavailable

from intent_parser.goods import OF_TABLES, of_rows
from intent_parser.lexicon import Lexicon, compiled
from intent_parser.parser import Parser

BEGIN_TIMEOUT_S = 3.0
"""To have begun to hear before the catalogue is read; it is read all the same."""
READ_TIMEOUT_S = 60.0
CATALOGUE = "SELECT price_from_minor FROM products LIMIT 0"
"""What must be there."""
_STALENESS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_VARIANTS = """
    SELECT p.id AS product_id, p.title, v.id, v.price_minor, v.available
    FROM products p JOIN variants v ON v.product_id = p.id
    WHERE p.id = ANY($1) ORDER BY p.id, v.position
"""


class LexiconMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.variants = Gauge("lexicon_variants", "Variants in the lexicon.", registry=registry)
        self.words = Gauge("lexicon_words", "Words in the lexicon.", registry=registry)
        self.compiled_s = Gauge(
            "lexicon_compilation_seconds", "What the last compilation took.", registry=registry
        )
        changes = Counter(
            "lexicon_changes", "Changes heard of.", labelnames=("outcome",), registry=registry
        )
        self.unreadable = changes.labels("unreadable")
        self.applied = changes.labels("applied")
        self.staleness_s = Histogram(
            "catalogue_staleness_seconds",
            "From a change to its being visible here.",
            buckets=_STALENESS_S,
            registry=registry,
        )


class Following:
    """`run` for ever; `parser` is None until the catalogue was read once."""

    def __init__(
        self, store: Store, hearing: Hearing, metrics: LexiconMetrics, refresh_s: float
    ) -> None:
        self._store = store
        self._hearing = hearing
        self._metrics = metrics
        self._refresh_s = refresh_s
        self._log = structlog.get_logger()
        self.parser: Parser | None = None

    async def run(self, readiness: Readiness) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hearing.run())
            # First, so that nothing between the reading and the first record is missed.
            with suppress(TimeoutError):
                async with asyncio.timeout(BEGIN_TIMEOUT_S):
                    await self._hearing.begun()
            self._hearing.forget()
            await self._begin(readiness)
            await self._follow()

    async def _begin(self, readiness: Readiness) -> None:
        for wait_s in delays_s():
            try:
                await self._store.open(CATALOGUE)
                await self._compile()
            except Unavailable as error:
                await readiness.not_ready(str(error))
                await asyncio.sleep(wait_s)
            else:
                await readiness.ready()
                return

    async def _follow(self) -> None:
        waits = delays_s()
        due_s = monotonic() + self._refresh_s
        changes: list[Change] = []
        whole = False
        while True:
            if not changes and not whole:
                heard = await self._hearing.some(max(0.0, due_s - monotonic()))
                changes = [each for each in heard if each is not None]
                whole = len(changes) < len(heard) or monotonic() >= due_s
            try:
                whole = not await self._applied(changes) or whole
                if whole:
                    await self._compile()
                    due_s = monotonic() + self._refresh_s
            except Unavailable as error:
                self._log.warning("lexicon grows old", reason=str(error))
                await asyncio.sleep(next(waits))
            else:
                changes, whole, waits = [], False, delays_s()

    async def _applied(self, changes: Sequence[Change]) -> bool:
        """Whether prices and stock were all that has changed. Raises Unavailable."""
        if not changes or self.parser is None:
            return True
        ids = list({change.product_id for change in changes})
        async with self._store.transaction() as connection:
            rows = await connection.fetch(_VARIANTS, ids)
        known = sold_as(self.parser.lexicon, ids, rows)
        now_s = time()
        for change in changes if known else ():
            self._metrics.applied.inc()
            self._metrics.staleness_s.observe(max(0.0, now_s - change.changed_at_s))
        return known

    async def _compile(self) -> None:
        """Raises Unavailable."""
        async with self._store.transaction(READ_TIMEOUT_S) as connection:
            rows = await connection.fetch(OF_TABLES, timeout=READ_TIMEOUT_S)
        began_s = monotonic()
        # Not beside the requests: they are answered from the old one meanwhile.
        self.parser = await asyncio.to_thread(lambda: Parser(compiled(of_rows(rows))))
        seconds = monotonic() - began_s
        lexicon = self.parser.lexicon
        self._metrics.compiled_s.set(seconds)
        self._metrics.variants.set(lexicon.rows)
        self._metrics.words.set(len(lexicon.weights))
        self._log.info("lexicon compiled", variants=lexicon.rows, seconds=round(seconds, 3))


def sold_as(lexicon: Lexicon, ids: Sequence[str], rows: Sequence[asyncpg.Record]) -> bool:
    """Take over prices and stock of these products; False where more has changed than these."""
    found: dict[str, list[str]] = {product_id: [] for product_id in ids}
    for row in rows:
        found[row["product_id"]].append(row["id"])
        span = lexicon.rows_of.get(row["product_id"])
        if span is None or lexicon.good(span[0]).title != row["title"]:
            return False
    for product_id, variants in found.items():
        first, end = lexicon.rows_of.get(product_id, (0, 0))
        if [lexicon.variant(each).id for each in range(first, end)] != variants:
            return False
    for row in rows:
        lexicon.sell(row["id"], row["price_minor"], row["available"])
    return True
