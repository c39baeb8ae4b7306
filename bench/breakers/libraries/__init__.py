"""One adapter a file; `ALL` has ours first."""

from __future__ import annotations

from bench.breakers.libraries.of_aiobreaker import Aiobreaker
from bench.breakers.libraries.of_circuitbreaker import Circuitbreaker
from bench.breakers.libraries.of_purgatory import Purgatory
from bench.breakers.libraries.of_pybreaker import Pybreaker
from bench.breakers.libraries.of_shop_kit import ShopKit
from bench.breakers.library import Guarded

ALL: tuple[type[Guarded], ...] = (ShopKit, Aiobreaker, Circuitbreaker, Purgatory, Pybreaker)
