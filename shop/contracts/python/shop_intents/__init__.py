"""What the services of autonomous shopping say to each other, from a sentence to a paid order.

    text ─intent-parser─> Intent | Question | Refusal
                          Intent ─plan-generator─> Plan ─plan-executor─> Execution

JSON; `type` names which it is. Money is integer minor units of one currency; spans are characters
of the text as it was sent. An item is grounded: it lists the variants that fit the wish, the best
first, so that whoever carries it out may replace one that is gone by another of the list alone.
"""

from shop_intents.executions import Execution, Happened, Outcome
from shop_intents.intents import (
    Act,
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    CheckOut,
    Choice,
    Condition,
    EmptyCart,
    If,
    InStock,
    Intent,
    Item,
    Ordered,
    Parsed,
    PriceBelow,
    Question,
    Refusal,
    Remove,
    SetQuantity,
    Span,
    Swap,
    Variant,
)
from shop_intents.plans import Check, Mandate, Plan, Step

__all__ = [
    "Act",
    "Add",
    "BuyNow",
    "CancelOrder",
    "CartLine",
    "Check",
    "CheckOut",
    "Choice",
    "Condition",
    "EmptyCart",
    "Execution",
    "Happened",
    "If",
    "InStock",
    "Intent",
    "Item",
    "Mandate",
    "Ordered",
    "Outcome",
    "Parsed",
    "Plan",
    "PriceBelow",
    "Question",
    "Refusal",
    "Remove",
    "SetQuantity",
    "Span",
    "Step",
    "Swap",
    "Variant",
]
