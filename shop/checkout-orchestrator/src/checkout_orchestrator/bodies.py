"""What may be asked: bodies, checked field by field."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Quantity = Annotated[int, Field(ge=1, le=1000, strict=True)]
MOST_ITEMS = 100


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Body):
    product_id: Id
    variant_id: Id
    quantity: Quantity = 1


class Units(_Body):
    quantity: Quantity


class CheckoutBody(_Body):
    """Items, or the cart that holds them."""

    items: Annotated[list[Item], Field(min_length=1, max_length=MOST_ITEMS)] | None = None
    cart_id: Id | None = None
    payment_method: Id
    """A token of the payment provider's; never a card."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.items is None) == (self.cart_id is None):
            raise ValueError("either `items` or `cart_id` is to be given")
        return self
