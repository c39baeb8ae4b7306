"""Requests read rightly by each reader, and how long reading one takes at 100,000 variants."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace

from intent_parser.goods import of_catalogue
from intent_parser.lexicon import compiled
from intent_parser.parser import Parser
from shop_catalogue.generate import generate
from shop_catalogue.model import Entry
from shop_requests import catalogues, loading
from shop_requests.goods import goods
from shop_requests.judging import happened, meets
from shop_requests.model import Request

from bench.intent.readers import FirstHit, Ours, Patterns, Reader

VARIANTS = 100_000
LEAST_PER_PRODUCT = 2
LIMIT_MS = 20.0
ROUNDS = 3


def main() -> None:
    """Print both."""
    _accuracy()
    _speed()


def _accuracy() -> None:
    requests = loading.requests("test")
    shops = {name: of_catalogue(catalogues.catalogue(name)) for name in catalogues.here()}
    print(f"\nof {len(requests)} requests over {', '.join(shops)}, read rightly (test part)")
    for kind in (Ours, Patterns, FirstHit):
        readers: dict[str, Reader] = {name: kind(shop) for name, shop in shops.items()}
        right, bought, kinds = 0, 0, defaultdict[str, list[bool]](list)
        for request in requests:
            good, wrong_purchase = _judged(request, readers[request.catalogue])
            right += good
            bought += wrong_purchase
            kinds[request.kind].append(good)
        print(
            f"  {kind.name:<20} {right / len(requests):6.1%}"
            f"   wrong purchases {bought / len(requests):5.1%}"
        )
        if kind is Ours:
            for name, found in sorted(kinds.items()):
                print(f"      {name:<20} {sum(found):>3} of {len(found)}")
    groups = loading.paraphrases()
    ours: dict[str, Reader] = {name: Ours(shop) for name, shop in shops.items()}
    whole = sum(all(_judged(each, ours[each.catalogue])[0] for each in group) for group in groups)
    single = [_judged(each, ours[each.catalogue])[0] for group in groups for each in group]
    print(
        f"  paraphrases: {whole} of {len(groups)} groups with all wordings right,"
        f" {sum(single)} of {len(single)} wordings"
    )


def _judged(request: Request, reader: Reader) -> tuple[bool, bool]:
    """Whether it was read rightly, and whether it buys what nobody asked for."""
    found = happened(
        request, reader.read(request.text, request.cart, request.orders), goods(request.catalogue)
    )
    right = any(meets(outcome, found) for outcome in request.outcomes)
    return right, bool(found.bought) and not right


def _speed() -> None:
    shop = generate(VARIANTS // LEAST_PER_PRODUCT, seed=catalogues.GENERATED_SEED)
    taken: list[Entry] = []
    variants = 0
    for entry in shop.entries:
        if variants >= VARIANTS:
            break
        taken.append(entry)
        variants += len(entry.variants)
    large = of_catalogue(replace(shop, entries=taken))
    began_s = time.perf_counter()
    lexicon = compiled(large)
    parser = Parser(lexicon)
    compiled_s = time.perf_counter() - began_s
    requests = loading.requests("test", of=("generated",))
    times_ms: list[float] = []
    for request in requests * ROUNDS:
        began_s = time.perf_counter()
        parser.parse(request.text, request.cart, request.orders)
        times_ms.append(1000 * (time.perf_counter() - began_s))
    times_ms.sort()
    p50, p99 = times_ms[len(times_ms) // 2], times_ms[int(0.99 * len(times_ms))]
    print(
        f"\nreading one at {lexicon.rows:,} variants, on one core: p50 {p50:.1f} ms,"
        f" p99 {p99:.1f} ms ({p99 / LIMIT_MS:.2f} of the {LIMIT_MS:.0f} ms it may take);"
        f" compiled in {compiled_s:.1f} s"
    )
