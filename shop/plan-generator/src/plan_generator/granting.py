"""What a token lets a plan spend without a question: scopes such as `spend:EUR:50000`. Pure.

A paying plan whose budget is over that cap, or over what is always confirmed, needs an approval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

_SPEND = re.compile(r"spend:([A-Z]{3}):([0-9]{1,12})")


def cap_minor(scopes: Iterable[str], currency: str) -> int:
    """The highest of the currency's; 0 where there is none."""
    found = (_SPEND.fullmatch(scope) for scope in scopes)
    return max((int(each[2]) for each in found if each and each[1] == currency), default=0)


def approval(
    pays: bool, budget_minor: int, cap_minor: int, confirm_over_minor: int
) -> Literal["not_needed", "needed"]:
    if pays and budget_minor > min(cap_minor, confirm_over_minor):
        return "needed"
    return "not_needed"
