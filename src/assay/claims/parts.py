"""What every part of a claims file is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from assay.documents import found


def wrong(message: str, hint: str) -> PydanticCustomError:
    """The error of a validator, with what would be right."""
    return PydanticCustomError("claims", "{said}", {"said": message, "hint": hint})


def _text(written: object) -> object:
    """Numbers are taken as they are written; `yes`, `null`, dates and lists are likely mistakes."""
    if isinstance(written, str):
        return written
    if isinstance(written, int | float) and not isinstance(written, bool):
        return str(written)
    hint = "a text would be right; quotes make one of what looks like something else"
    raise wrong(f"found {found(written)}", hint)


Text = Annotated[
    str,
    BeforeValidator(_text),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]


class Part(BaseModel):
    """Unknown keys are errors; what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
