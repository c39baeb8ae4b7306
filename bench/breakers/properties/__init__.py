"""The checks. Each is given how to make a breaker; its docstring is its row of the table."""

from __future__ import annotations

from bench.breakers.properties import counting, opening, probing, telling, together

ALL = (*opening.ALL, *probing.ALL, *together.ALL, *counting.ALL, *telling.ALL)
