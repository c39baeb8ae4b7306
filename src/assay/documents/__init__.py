"""YAML files that people write: read into a pydantic model, or told what is wrong, and where.

Every problem has its file, line and column, what was found, and what would be right; all problems
that can be seen at once are told at once.
"""

from assay.documents.document import Document
from assay.documents.problem import (
    DocumentError,
    Place,
    Problem,
    Step,
    dotted,
    found,
    nearest,
)
from assay.documents.reading import parse_document, read_document

__all__ = [
    "Document",
    "DocumentError",
    "Place",
    "Problem",
    "Step",
    "dotted",
    "found",
    "nearest",
    "parse_document",
    "read_document",
]
