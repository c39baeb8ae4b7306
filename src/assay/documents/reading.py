"""A YAML file, read as a pydantic model."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from assay.documents.document import Document
from assay.documents.explaining import explained
from assay.documents.loading import load, text_of
from assay.documents.problem import DocumentError

M = TypeVar("M", bound=BaseModel)


def read_document(path: Path, model: type[M]) -> Document[M]:
    """Read the YAML file at `path` as a `model`. Raises DocumentError."""
    return parse_document(path, text_of(path), model)


def parse_document(path: Path, text: str, model: type[M]) -> Document[M]:
    """The text that stands, or once stood, in the file at `path`. Raises DocumentError."""
    root, data = load(path, text)
    document = Document(path, text, data, root)
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        raise DocumentError(explained(document, error, model)) from None
    return Document(path, text, value, root)
